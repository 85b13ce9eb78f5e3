/* A stub: what crisol's data source uses of Spark, Hadoop and Scala, in their own signatures, so that it compiles without
 * them. tests/e2e/test_spark_source.py compares it with the real ones. */
package org.apache.spark.util;

import java.io.Serializable;
import org.apache.hadoop.conf.Configuration;

public class SerializableConfiguration implements Serializable {
  private static final long serialVersionUID = 1;

  public SerializableConfiguration(Configuration value) {}

  public Configuration value() {
    return null;
  }
}
