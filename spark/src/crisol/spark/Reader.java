package crisol.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.TaskContext;
import org.apache.spark.sql.connector.read.PartitionReader;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.vectorized.ColumnarBatch;
import org.apache.spark.util.TaskCompletionListener;

/**
 * A task's way through its file. The worker ends with the task, however that ends: read to the end, failed, or killed
 * while the worker or this thread waits for something. A child that outlives its task would keep the task's thread, and
 * so a core of the executor, in a read that never comes back.
 */
final class Reader implements PartitionReader<ColumnarBatch> {
  private static final long WATCH_MS = 50;

  private final Worker worker;
  private final Column[] columns;
  private final ColumnarBatch batch;
  private long rows;

  Reader(StructType schema, String job, Configuration configuration, FilePartition file) {
    StructField[] fields = schema.fields();
    columns = new Column[fields.length];
    for (int i = 0; i < fields.length; i++) {
      columns[i] = Column.of(fields[i].dataType());
    }
    batch = new ColumnarBatch(columns);
    try {
      worker = new Worker(job, configuration, file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    TaskContext task = TaskContext.get();
    if (task == null) {
      return;
    }
    TaskCompletionListener completed = context -> worker.kill();
    task.addTaskCompletionListener(completed);
    Thread watcher = new Thread(() -> watch(task), "crisol-watcher");
    watcher.setDaemon(true);
    watcher.start();
  }

  /** A task that is stopped completes only when its thread comes back, which a worker that stands still keeps: somebody
   * else has to look. Newer versions of Spark call a
   * listener then; this works with all. */
  private void watch(TaskContext task) {
    while (!worker.isKilled() && !task.isCompleted()) {
      if (task.isInterrupted()) {
        worker.kill();
      }
      try {
        Thread.sleep(WATCH_MS);
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  @Override
  public boolean next() throws IOException {
    Bytes bytes = worker.nextBatch();
    if (bytes == null) {
      worker.checkRows(rows);
      return false;
    }
    int count = bytes.readInt();
    for (Column column : columns) {
      column.take(bytes, count);
    }
    bytes.expectEnd();
    batch.setNumRows(count);
    rows += count;
    return true;
  }

  @Override
  public ColumnarBatch get() {
    return batch;
  }

  @Override
  public void close() throws IOException {
    worker.close();
  }
}
