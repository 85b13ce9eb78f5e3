package crisol.spark;

import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Arrays;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.Decimal;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.vectorized.ColumnVector;
import org.apache.spark.sql.vectorized.ColumnarArray;
import org.apache.spark.sql.vectorized.ColumnarMap;
import org.apache.spark.unsafe.types.UTF8String;

/**
 * A column of a batch, shown to Spark where it lies in the worker's message; worker/column.h has the layout. Valid until
 * the next batch, as all vectors of Spark's readers are.
 */
final class Column extends ColumnVector {
  /** How the values lie. */
  private enum Form { BYTES_1, BYTES_2, BYTES_4, BYTES_8, BYTES_16, TEXT, LIST, STRUCT }

  private static final int SOME_NULLS = 1, ALL_NULL = 2;
  private static final int LONG_DIGITS = 18;

  private final Form form;
  private final Column[] children;
  private byte[] data;
  private int nulls; /* what the flag says; the bitmap, a set bit a value, is at bitmapAt */
  private int bitmapAt, valuesAt, textAt, lengthsAt;
  private int count;

  private Column(DataType type, Form form, Column... children) {
    super(type);
    this.form = form;
    this.children = children;
  }

  static Column of(DataType type) {
    if (type instanceof ArrayType array) {
      return new Column(type, Form.LIST, of(array.elementType()));
    }
    if (type instanceof MapType map) {
      return new Column(type, Form.LIST, of(map.keyType()), of(map.valueType()));
    }
    if (type instanceof StructType struct) {
      StructField[] fields = struct.fields();
      Column[] children = new Column[fields.length];
      for (int i = 0; i < fields.length; i++) {
        children[i] = of(fields[i].dataType());
      }
      return new Column(type, Form.STRUCT, children);
    }
    if (type instanceof DecimalType decimal) {
      return new Column(type, decimal.precision() <= LONG_DIGITS ? Form.BYTES_8 : Form.BYTES_16);
    }
    return new Column(type, formOf(type.typeName()));
  }

  private static Form formOf(String type) {
    return switch (type) {
      case "boolean", "byte" -> Form.BYTES_1;
      case "short" -> Form.BYTES_2;
      case "integer", "float", "date" -> Form.BYTES_4;
      case "long", "double", "timestamp", "timestamp_ntz" -> Form.BYTES_8;
      case "string", "binary" -> Form.TEXT;
      default -> throw new IllegalArgumentException("crisol.spark.Source: no worker gives values of type " + type);
    };
  }

  private static int width(Form form) {
    return switch (form) {
      case BYTES_1 -> 1;
      case BYTES_2 -> 2;
      case BYTES_4 -> 4;
      case BYTES_8 -> 8;
      default -> 16;
    };
  }

  /** Takes its part of a message of so many rows. */
  void take(Bytes bytes, int rows) throws IOException {
    data = bytes.data;
    count = rows;
    nulls = bytes.readByte();
    if (nulls == ALL_NULL) {
      return;
    }
    if (nulls == SOME_NULLS) {
      bitmapAt = bytes.skip((rows + 7L) / 8);
    }
    switch (form) {
      case TEXT -> {
        valuesAt = bytes.skip(Integer.BYTES * (rows + 1L));
        textAt = bytes.skip(Integer.toUnsignedLong(intAt(rows)));
      }
      case LIST -> {
        valuesAt = bytes.skip((long) Integer.BYTES * rows);
        lengthsAt = bytes.skip((long) Integer.BYTES * rows);
        takeChildren(bytes, bytes.readInt());
      }
      case STRUCT -> takeChildren(bytes, rows);
      default -> valuesAt = bytes.skip((long) width(form) * rows);
    }
  }

  private void takeChildren(Bytes bytes, int rows) throws IOException {
    for (Column child : children) {
      child.take(bytes, rows);
    }
  }

  private int intAt(int index) {
    return (int) Bytes.INT.get(data, valuesAt + Integer.BYTES * index);
  }

  @Override
  public void close() {
    data = null;
  }

  @Override
  public boolean hasNull() {
    return nulls != 0;
  }

  @Override
  public int numNulls() {
    int found = 0;
    for (int row = 0; row < count && nulls != 0; row++) {
      found += isNullAt(row) ? 1 : 0;
    }
    return found;
  }

  @Override
  public boolean isNullAt(int row) {
    return nulls == ALL_NULL || (nulls == SOME_NULLS && (data[bitmapAt + (row >> 3)] >> (row & 7) & 1) == 0);
  }

  @Override
  public boolean getBoolean(int row) {
    return data[valuesAt + row] != 0;
  }

  @Override
  public byte getByte(int row) {
    return data[valuesAt + row];
  }

  @Override
  public short getShort(int row) {
    return (short) Bytes.SHORT.get(data, valuesAt + Short.BYTES * row);
  }

  @Override
  public int getInt(int row) {
    return intAt(row);
  }

  @Override
  public long getLong(int row) {
    return (long) Bytes.LONG.get(data, valuesAt + Long.BYTES * row);
  }

  @Override
  public float getFloat(int row) {
    return (float) Bytes.FLOAT.get(data, valuesAt + Float.BYTES * row);
  }

  @Override
  public double getDouble(int row) {
    return (double) Bytes.DOUBLE.get(data, valuesAt + Double.BYTES * row);
  }

  @Override
  public Decimal getDecimal(int row, int precision, int scale) {
    if (isNullAt(row)) {
      return null;
    }
    if (form == Form.BYTES_8) {
      return Decimal.createUnsafe(getLong(row), precision, scale);
    }
    byte[] bigEndian = new byte[16];
    for (int i = 0; i < 16; i++) {
      bigEndian[i] = data[valuesAt + 16 * row + 15 - i];
    }
    return Decimal.apply(new BigDecimal(new BigInteger(bigEndian), scale), precision, scale);
  }

  @Override
  public UTF8String getUTF8String(int row) {
    if (isNullAt(row)) {
      return null;
    }
    int start = intAt(row);
    return UTF8String.fromBytes(data, textAt + start, intAt(row + 1) - start);
  }

  @Override
  public byte[] getBinary(int row) {
    if (isNullAt(row)) {
      return null;
    }
    return Arrays.copyOfRange(data, textAt + intAt(row), textAt + intAt(row + 1));
  }

  private int lengthAt(int row) {
    return (int) Bytes.INT.get(data, lengthsAt + Integer.BYTES * row);
  }

  @Override
  public ColumnarArray getArray(int row) {
    return isNullAt(row) ? null : new ColumnarArray(children[0], intAt(row), lengthAt(row));
  }

  @Override
  public ColumnarMap getMap(int row) {
    return isNullAt(row) ? null : new ColumnarMap(children[0], children[1], intAt(row), lengthAt(row));
  }

  @Override
  public ColumnVector getChild(int ordinal) {
    return children[ordinal];
  }
}
