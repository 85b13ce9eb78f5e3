/* A stub: what crisol's data source uses of Spark, Hadoop and Scala, in their own signatures, so that it compiles without
 * them. tests/e2e/test_spark_source.py compares it with the real ones. */
package org.apache.spark.sql.connector.catalog;

import java.util.Set;
import org.apache.spark.sql.types.StructType;

public interface Table {
  String name();

  @Deprecated
  StructType schema();

  Set<TableCapability> capabilities();
}
