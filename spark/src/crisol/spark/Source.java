package crisol.spark;

import java.util.Map;
import org.apache.spark.sql.connector.catalog.Table;
import org.apache.spark.sql.connector.catalog.TableProvider;
import org.apache.spark.sql.connector.expressions.Transform;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;

/**
 * format("crisol.spark.Source"): the text files of a crisol source, read on the executors by crisol's own code. Its
 * options and columns are described in src/engine/spark/job.h.
 *
 * <p>The path of a byte: a task opens its file through Hadoop's FileSystem and starts a {@link Worker}, a process of
 * crisol's own for one file. The worker asks for the bytes that it wants, and gives back batches of columns, which
 * {@link Column} shows to Spark where they lie.
 */
public final class Source implements TableProvider {
  static final String JOB = "job", SCHEMA = "schema", FILES = "files";

  @Override
  public StructType inferSchema(CaseInsensitiveStringMap options) {
    return StructType.fromDDL(option(options, SCHEMA));
  }

  /** A schema that is given beside the options is the same one. */
  @Override
  public boolean supportsExternalMetadata() {
    return true;
  }

  @Override
  public Table getTable(StructType schema, Transform[] partitioning, Map<String, String> properties) {
    return new TextTable(schema, option(properties, JOB), FilePartition.parse(option(properties, FILES)));
  }

  private static String option(Map<String, String> options, String name) {
    String value = options.get(name);
    if (value == null) {
      throw new IllegalArgumentException("crisol.spark.Source: the option \"" + name + "\" is missing");
    }
    return value;
  }
}
