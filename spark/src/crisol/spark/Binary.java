package crisol.spark;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;

/**
 * The worker's program, taken out of the jar once for a JVM. Each Spark session has a class loader of its own, and so
 * this class as often: where the file lies is kept in a system property, by the digest of its bytes.
 */
final class Binary {
  private static final String PROPERTY = "crisol.spark.worker.";
  private static final int TRIES_WHILE_BUSY = 20;

  private Binary() {}

  /** Starts a process of it, with no environment. */
  static Process start() throws IOException {
    Path program = program();
    for (int tries = 1;; tries++) {
      ProcessBuilder builder = new ProcessBuilder(program.toString());
      builder.environment().clear();
      try {
        return builder.start();
      } catch (IOException e) {
        if (tries == TRIES_WHILE_BUSY || !String.valueOf(e.getMessage()).contains("error=26")) {
          throw new IOException("crisol environment: could not start the worker \"" + program + "\": " + e.getMessage());
        }
        pause(); /* ETXTBSY: a process that was forked at the same time still holds the file open for writing */
      }
    }
  }

  private static void pause() throws IOException {
    try {
      Thread.sleep(10);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("crisol interrupted: the task was stopped");
    }
  }

  private static Path program() throws IOException {
    byte[] bytes = load();
    String property = PROPERTY + digest(bytes);
    synchronized (property.intern()) {
      String known = System.getProperty(property);
      if (known != null && Files.isExecutable(Path.of(known))) {
        return Path.of(known);
      }
      Path written = write(bytes);
      System.setProperty(property, written.toString());
      return written;
    }
  }

  private static byte[] load() throws IOException {
    String machine = System.getProperty("os.arch", "");
    machine = machine.equals("amd64") ? "x86_64" : machine;
    try (InputStream stream = Binary.class.getResourceAsStream("worker-" + machine)) {
      if (stream == null || !System.getProperty("os.name", "").equals("Linux")) {
        throw new IOException("crisol environment: this executor runs " + System.getProperty("os.name") + " on " + machine
            + ", and crisol was built without a worker for that");
      }
      return stream.readAllBytes();
    }
  }

  private static String digest(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Where temporary files may lie; a directory may be mounted so that no program in it can be started. */
  private static List<String> directories() {
    List<String> directories = new ArrayList<>(List.of(System.getProperty("java.io.tmpdir", "/tmp")));
    for (String name : new String[] {"SPARK_EXECUTOR_DIRS", "SPARK_LOCAL_DIRS", "LOCAL_DIRS"}) {
      String value = System.getenv(name);
      if (value != null) {
        directories.addAll(List.of(value.split("[,:]")));
      }
    }
    directories.add(System.getProperty("user.dir", "."));
    return directories;
  }

  private static Path write(byte[] bytes) throws IOException {
    IOException reason = null;
    FileAttribute<Set<PosixFilePermission>> ours =
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    for (String directory : directories()) {
      try {
        Path folder = Files.createTempDirectory(Path.of(directory), "crisol-", ours);
        Path program = Files.createFile(folder.resolve("worker"), ours);
        folder.toFile().deleteOnExit();
        program.toFile().deleteOnExit();
        Files.write(program, bytes);
        if (Files.isExecutable(program)) {
          return program;
        }
        reason = new IOException("no program can be started in " + directory);
      } catch (IOException e) {
        reason = e;
      }
    }
    throw new IOException("crisol environment: could not unpack the worker: " + reason.getMessage());
  }
}
