/* A stub: what crisol's data source uses of Spark, Hadoop and Scala, in their own signatures, so that it compiles without
 * them. tests/e2e/test_spark_source.py compares it with the real ones. */
package org.apache.hadoop.fs;

public abstract class ChecksumFileSystem extends FileSystem {
  public FileSystem getRawFileSystem() {
    return null;
  }
}
