/* A stub: what crisol's data source uses of Spark, Hadoop and Scala, in their own signatures, so that it compiles without
 * them. tests/e2e/test_spark_source.py compares it with the real ones. */
package org.apache.spark.util;

import java.util.EventListener;
import org.apache.spark.TaskContext;

public interface TaskInterruptListener extends EventListener {
  void onTaskInterrupted(TaskContext context, String reason);
}
