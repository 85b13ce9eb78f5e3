package crisol.spark;

import java.util.EnumSet;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.connector.catalog.SupportsRead;
import org.apache.spark.sql.connector.catalog.TableCapability;
import org.apache.spark.sql.connector.read.Batch;
import org.apache.spark.sql.connector.read.InputPartition;
import org.apache.spark.sql.connector.read.PartitionReader;
import org.apache.spark.sql.connector.read.PartitionReaderFactory;
import org.apache.spark.sql.connector.read.Scan;
import org.apache.spark.sql.connector.read.ScanBuilder;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;
import org.apache.spark.sql.vectorized.ColumnarBatch;
import org.apache.spark.util.SerializableConfiguration;

/** What Spark plans with: a table of these columns, of which each file is one partition. Spark leaves out itself which
 * columns a query does not need. */
final class TextTable implements SupportsRead, ScanBuilder, Scan, Batch {
  private final StructType schema;
  private final String job;
  private final FilePartition[] files;

  TextTable(StructType schema, String job, FilePartition[] files) {
    this.schema = schema;
    this.job = job;
    this.files = files;
  }

  @Override
  public String name() {
    return "crisol";
  }

  @Override
  @SuppressWarnings("deprecation") /* columns(), which came for it, is made of it */
  public StructType schema() {
    return schema;
  }

  @Override
  public Set<TableCapability> capabilities() {
    return EnumSet.of(TableCapability.BATCH_READ);
  }

  @Override
  public ScanBuilder newScanBuilder(CaseInsensitiveStringMap options) {
    return this;
  }

  @Override
  public Scan build() {
    return this;
  }

  @Override
  public StructType readSchema() {
    return schema;
  }

  @Override
  public String description() {
    return "crisol " + files.length + (files.length == 1 ? " text file" : " text files");
  }

  @Override
  public Batch toBatch() {
    return this;
  }

  @Override
  public InputPartition[] planInputPartitions() {
    return files;
  }

  @Override
  public PartitionReaderFactory createReaderFactory() {
    Configuration configuration = SparkContext.getOrCreate().hadoopConfiguration();
    return new Factory(schema, job, new SerializableConfiguration(configuration));
  }

  /** What a task needs beside its file; sent once a stage. */
  private record Factory(StructType schema, String job, SerializableConfiguration configuration)
      implements PartitionReaderFactory {
    @Override
    public PartitionReader<InternalRow> createReader(InputPartition partition) {
      throw new UnsupportedOperationException("crisol.spark.Source gives columns");
    }

    @Override
    public boolean supportColumnarReads(InputPartition partition) {
      return true;
    }

    @Override
    public PartitionReader<ColumnarBatch> createColumnarReader(InputPartition partition) {
      return new Reader(schema, job, configuration.value(), (FilePartition) partition);
    }
  }
}
