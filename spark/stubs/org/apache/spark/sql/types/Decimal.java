/* A stub: what crisol's data source uses of Spark, Hadoop and Scala, in their own signatures, so that it compiles without
 * them. tests/e2e/test_spark_source.py compares it with the real ones. */
package org.apache.spark.sql.types;

import java.math.BigDecimal;

public final class Decimal {
  public static Decimal createUnsafe(long unscaled, int precision, int scale) {
    return null;
  }

  public static Decimal apply(BigDecimal value, int precision, int scale) {
    return null;
  }
}
