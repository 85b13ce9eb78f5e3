/* A stub: what crisol's data source uses of Spark, Hadoop and Scala, in their own signatures, so that it compiles without
 * them. tests/e2e/test_spark_source.py compares it with the real ones. */
package org.apache.spark;

import org.apache.spark.util.TaskCompletionListener;

public abstract class TaskContext {
  public static TaskContext get() {
    return null;
  }

  public abstract TaskContext addTaskCompletionListener(TaskCompletionListener listener);

  public abstract boolean isCompleted();

  public abstract boolean isInterrupted();
}
