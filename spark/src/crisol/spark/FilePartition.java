package crisol.spark;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.connector.read.InputPartition;

/**
 * A file, or a part of one, as it was when crisol listed it: a line of the option "files". A line is
 *
 * <pre>FILE BYTES MODIFIED_US LAYOUT START END LINE PATH</pre>
 *
 * with one space between two fields. LAYOUT and LINE are for the worker; a path's line ends and percent signs are written %0A, %0D
 * and %25.
 */
record FilePartition(int file, long bytes, long modifiedMicros, String layout, long start, long end, long line, String path)
    implements InputPartition {
  private static final int FIELDS = 8;

  static FilePartition[] parse(String text) {
    List<FilePartition> files = new ArrayList<>();
    for (String line : text.split("\n")) {
      if (line.isEmpty()) {
        continue;
      }
      String[] fields = line.split(" ", FIELDS);
      if (fields.length != FIELDS) {
        throw new IllegalArgumentException("crisol.spark.Source: a line of the option \"files\" lacks fields: " + line);
      }
      String path = fields[7].replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%");
      files.add(new FilePartition(Integer.parseInt(fields[0]), Long.parseLong(fields[1]), Long.parseLong(fields[2]),
          fields[3], Long.parseLong(fields[4]), Long.parseLong(fields[5]), Long.parseLong(fields[6]), path));
    }
    return files.toArray(new FilePartition[0]);
  }

  /** What the worker is told of it. */
  byte[] describe() {
    return (file + " " + layout + " " + start + " " + end + " " + line + " " + path).getBytes(StandardCharsets.UTF_8);
  }
}
