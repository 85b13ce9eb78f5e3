/* A stub: what crisol's data source uses of Spark, Hadoop and Scala, in their own signatures, so that it compiles without
 * them. tests/e2e/test_spark_source.py compares it with the real ones. */
package org.apache.hadoop.fs;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;

public class FSDataInputStream extends DataInputStream {
  public FSDataInputStream(InputStream from) {
    super(from);
  }

  public long getPos() throws IOException {
    return 0;
  }

  public void seek(long position) throws IOException {}
}
