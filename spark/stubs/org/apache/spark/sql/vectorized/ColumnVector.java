/* A stub: what crisol's data source uses of Spark, Hadoop and Scala, in their own signatures, so that it compiles without
 * them. tests/e2e/test_spark_source.py compares it with the real ones. */
package org.apache.spark.sql.vectorized;

import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.Decimal;
import org.apache.spark.unsafe.types.UTF8String;

public abstract class ColumnVector implements AutoCloseable {
  protected ColumnVector(DataType type) {}

  @Override
  public abstract void close();

  public abstract boolean hasNull();

  public abstract int numNulls();

  public abstract boolean isNullAt(int row);

  public abstract boolean getBoolean(int row);

  public abstract byte getByte(int row);

  public abstract short getShort(int row);

  public abstract int getInt(int row);

  public abstract long getLong(int row);

  public abstract float getFloat(int row);

  public abstract double getDouble(int row);

  public abstract ColumnarArray getArray(int row);

  public abstract ColumnarMap getMap(int row);

  public abstract Decimal getDecimal(int row, int precision, int scale);

  public abstract UTF8String getUTF8String(int row);

  public abstract byte[] getBinary(int row);

  public abstract ColumnVector getChild(int ordinal);
}
