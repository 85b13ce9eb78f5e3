package crisol.spark;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** A message of the worker, and how far it is read. Numbers are little-endian; the array is used again for the next. */
final class Bytes {
  static final VarHandle SHORT = view(short[].class), INT = view(int[].class), LONG = view(long[].class),
      FLOAT = view(float[].class), DOUBLE = view(double[].class);

  byte[] data = new byte[0];
  int length;
  int at;

  private static VarHandle view(Class<?> array) {
    return MethodHandles.byteArrayViewVarHandle(array, ByteOrder.LITTLE_ENDIAN);
  }

  /** Makes room for a message. */
  void prepare(int size) {
    if (data.length < size) {
      data = new byte[Math.max(size, (int) Math.min(2L * data.length, Integer.MAX_VALUE - 16))];
    }
    length = size;
    at = 0;
  }

  /** Passes over so many bytes, and says where they are. */
  int skip(long count) throws IOException {
    int start = at;
    if (count < 0 || count > length - at) {
      throw new IOException("crisol defect: a message of the worker is shorter than it says");
    }
    at += (int) count;
    return start;
  }

  int readByte() throws IOException {
    return data[skip(1)] & 0xFF;
  }

  int readInt() throws IOException {
    return (int) INT.get(data, skip(Integer.BYTES));
  }

  long readLong() throws IOException {
    return (long) LONG.get(data, skip(Long.BYTES));
  }

  void expectEnd() throws IOException {
    if (at != length) {
      throw new IOException("crisol defect: a message of the worker is longer than its columns");
    }
  }
}
