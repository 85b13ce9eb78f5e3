/* A stub: what crisol's data source uses of Spark, Hadoop and Scala, in their own signatures, so that it compiles without
 * them. tests/e2e/test_spark_source.py compares it with the real ones. */
package org.apache.spark.sql.connector.catalog;

import java.util.Map;
import org.apache.spark.sql.connector.expressions.Transform;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;

public interface TableProvider {
  StructType inferSchema(CaseInsensitiveStringMap options);

  boolean supportsExternalMetadata();

  Table getTable(StructType schema, Transform[] partitioning, Map<String, String> properties);
}
