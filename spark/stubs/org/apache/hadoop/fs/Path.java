/* A stub: what crisol's data source uses of Spark, Hadoop and Scala, in their own signatures, so that it compiles without
 * them. tests/e2e/test_spark_source.py compares it with the real ones. */
package org.apache.hadoop.fs;

import java.io.IOException;
import org.apache.hadoop.conf.Configuration;

public class Path {
  public Path(String path) {}

  public FileSystem getFileSystem(Configuration configuration) throws IOException {
    return null;
  }
}
