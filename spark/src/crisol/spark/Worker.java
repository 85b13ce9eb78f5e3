package crisol.spark;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.ChecksumFileSystem;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * The worker's process, and the file that it reads. worker/protocol.h has the messages: the worker asks for stretches of
 * the file whenever it has none left, and otherwise gives batches, so that one thread serves it, and neither side ever
 * waits for the other to empty a pipe. kill() may be called by any thread, at any time, and more than once.
 */
final class Worker {
  private static final char READ = 'R', CLOSE = 'C', BATCH = 'B', END = 'T', ERROR = 'E';
  private static final int LAST_WORDS = 4096;
  private static final long CLOCK_GRAIN_MS = 1000; /* object stores tell times in seconds */

  private final FilePartition file;
  private final FileSystem system;
  private final Path path;
  private final Map<Integer, FSDataInputStream> streams = new HashMap<>();
  private final Process process;
  private final DataInputStream output;
  private final OutputStream input;
  private final Bytes message = new Bytes();
  private byte[] piece = new byte[0];
  private volatile boolean isKilled;
  private long records = -1;

  Worker(String job, Configuration configuration, FilePartition file) throws IOException {
    this.file = file;
    path = new Path(file.path());
    system = open(configuration);
    checkUnchanged();
    process = Binary.start();
    output = new DataInputStream(process.getInputStream());
    input = process.getOutputStream();
    try {
      send(job.getBytes(StandardCharsets.UTF_8));
      send(file.describe());
      input.flush();
    } catch (IOException e) {
      throw died(e);
    }
  }

  /** Local files without Hadoop's own check of sums, which wants a second file beside each, and fails on some names. */
  private static FileSystem raw(FileSystem system) {
    return system instanceof ChecksumFileSystem checked ? checked.getRawFileSystem() : system;
  }

  private FileSystem open(Configuration configuration) throws IOException {
    try {
      return raw(path.getFileSystem(configuration));
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  private IOException unreadable(IOException reason) {
    return told("crisol environment: could not read \"" + file.path() + "\" on executor " + host() + ": "
        + reason.getMessage() + "\nhint: Every executor has to see the files: on a disk that all share, or in a store.", reason);
  }

  private static String host() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "(nameless)";
    }
  }

  private void checkUnchanged() throws IOException {
    FileStatus now;
    try {
      now = system.getFileStatus(path);
    } catch (IOException e) {
      throw unreadable(e);
    }
    boolean isSame = now.getLen() == file.bytes()
        && (file.modifiedMicros() == 0
            || Math.abs(now.getModificationTime() - file.modifiedMicros() / 1000) <= CLOCK_GRAIN_MS);
    if (!isSame) {
      throw new IOException("crisol environment: file \"" + file.path() + "\" changed while it was read");
    }
  }

  private void send(byte[] bytes) throws IOException {
    sendLength(bytes.length);
    input.write(bytes);
  }

  private void sendLength(int length) throws IOException {
    input.write(ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN).putInt(length).array());
  }

  /** The next batch; null at the end of the file. */
  Bytes nextBatch() throws IOException {
    for (;;) {
      char kind = receive();
      switch (kind) {
        case READ -> answer();
        case CLOSE -> closeStream(message.readInt());
        case BATCH -> {
          return message;
        }
        case END -> {
          records = message.readLong();
          checkUnchanged();
          return null;
        }
        case ERROR -> throw new IOException("crisol " + new String(message.data, 0, message.length, StandardCharsets.UTF_8));
        default -> throw new IOException("crisol defect: the worker sent a message of kind " + (int) kind);
      }
    }
  }

  /** What was counted where bytes became records is what was handed on, or something is lost. */
  void checkRows(long rows) throws IOException {
    if (rows != records) {
      throw new IOException("crisol defect: the worker counted " + records + " records of \"" + file.path()
          + "\", but gave " + rows);
    }
  }

  private char receive() throws IOException {
    try {
      int kind = output.readUnsignedByte();
      int length = Integer.reverseBytes(output.readInt());
      if (length < 0) {
        throw new IOException("crisol defect: the worker sent a message of " + length + " bytes");
      }
      message.prepare(length);
      output.readFully(message.data, 0, length);
      return (char) kind;
    } catch (EOFException e) {
      throw died(e);
    }
  }

  private void answer() throws IOException {
    int stream = message.readInt();
    long position = message.readLong();
    int wanted = message.readInt();
    if (piece.length < wanted) {
      piece = new byte[wanted];
    }
    int count;
    try {
      count = read(stream, position, wanted);
    } catch (IOException e) {
      throw unreadable(e);
    }
    try {
      sendLength(count);
      input.write(piece, 0, count);
      input.flush();
    } catch (IOException e) {
      throw died(e);
    }
  }

  /** Fewer than `wanted` only at the file's end. */
  private int read(int stream, long position, int wanted) throws IOException {
    FSDataInputStream from = streams.get(stream);
    if (from == null) {
      from = system.open(path);
      streams.put(stream, from);
    }
    if (from.getPos() != position) {
      from.seek(position);
    }
    int count = 0;
    while (count < wanted) {
      int more = from.read(piece, count, wanted - count);
      if (more < 0) {
        break;
      }
      count += more;
    }
    return count;
  }

  private void closeStream(int stream) throws IOException {
    FSDataInputStream closed = streams.remove(stream);
    if (closed != null) {
      closed.close();
    }
  }

  /** Why the process is gone, in its own last words where it had any. They are no cause's consequence: of a chain of
   * exceptions Spark tells its clients the innermost. */
  private IOException died(IOException symptom) {
    if (isKilled) {
      return told("crisol interrupted: the task was stopped while it read \"" + file.path() + "\"", symptom);
    }
    String words = lastWords();
    String how;
    try {
      int code = process.waitFor();
      how = code > 128 ? "was killed by signal " + (code - 128) : "ended with code " + code;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      how = "ended";
    }
    return told("crisol environment: the worker that read \"" + file.path() + "\" " + how
        + (words.isEmpty() ? "" : ": " + words), symptom);
  }

  private static IOException told(String message, IOException symptom) {
    IOException exception = new IOException(message);
    exception.addSuppressed(symptom);
    return exception;
  }

  private String lastWords() {
    ByteArrayOutputStream words = new ByteArrayOutputStream();
    try (InputStream errors = process.getErrorStream()) {
      words.write(errors.readNBytes(LAST_WORDS));
    } catch (IOException e) {
      return "";
    }
    return words.toString(StandardCharsets.UTF_8).strip();
  }

  boolean isKilled() {
    return isKilled;
  }

  /** Ends the process, whatever it does. */
  void kill() {
    isKilled = true;
    process.destroyForcibly();
  }

  /** Closes the file; for the task's own thread. */
  void close() throws IOException {
    kill();
    for (Integer stream : streams.keySet().toArray(new Integer[0])) {
      closeStream(stream);
    }
  }
}
