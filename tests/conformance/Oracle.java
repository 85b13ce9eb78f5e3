import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;

/**
 * What Spark says to expressions, many in one process. Requests and answers are those of answer.c, but that `ask` is answered when
 * `go` comes, all in one, in their order: projections of some are asked for, two at a time, and halved where Spark raises. `zone ZONE` sets the
 * session's; `functions` prints a line for each function, its name and its documentation, and an empty one.
 */
public class Oracle {
  static final int AT_ONCE = 32; // a projection costs something by itself; one in thirty expressions raises, and has all asked again
  static final ExecutorService workers = Executors.newFixedThreadPool(2);
  static final PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
  static SparkSession spark;
  static final List<String> names = new ArrayList<>();
  static final List<String[]> columns = new ArrayList<>();
  static Dataset<Row> rows;
  static Dataset<Row> oneRow;

  static class Asked {
    String expression;
    String type;
    boolean readsRows;
    String[] values;
    String failure;
  }

  static String escaped(String text) {
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\0", "\\0");
  }

  static String unescaped(String text) {
    StringBuilder plain = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\\' && i + 1 < text.length()) {
        c = text.charAt(++i);
        c = c == 't' ? '\t' : c == 'n' ? '\n' : c == '0' ? '\0' : c;
      }
      plain.append(c);
    }
    return plain.toString();
  }

  /** Spark's class of an error, else Java's name of it. */
  static String classOf(Throwable error) {
    for (Throwable cause = error; cause != null; cause = cause.getCause())
      if (cause instanceof org.apache.spark.SparkThrowable known && known.getCondition() != null)
        return known.getCondition();
    Throwable last = error;
    while (last.getCause() != null)
      last = last.getCause();
    return last.getClass().getSimpleName();
  }

  static String firstLine(Throwable error) {
    String message = String.valueOf(error.getMessage());
    return escaped(message.lines().findFirst().orElse(""));
  }

  static void makeRows() {
    StringBuilder query = new StringBuilder();
    int count = columns.isEmpty() ? 1 : columns.get(0).length;
    for (int row = 0; row < count; row++) {
      query.append(row == 0 ? "SELECT " : " UNION ALL SELECT ").append(row).append(" AS row_number");
      for (int i = 0; i < names.size(); i++)
        query.append(", ").append(columns.get(i)[row]).append(" AS ").append(names.get(i));
    }
    Dataset<Row> computed = spark.sql(query.toString());
    rows = spark.createDataFrame(computed.collectAsList(), computed.schema());
    oneRow = rows.filter("row_number = 0");
  }

  /** Fails as analysis does; false where it does. */
  static void analyze(Asked asked) {
    try {
      Dataset<Row> one = rows.select(functions.expr("(" + asked.expression + ")").as("x"));
      asked.type = one.schema().fields()[0].dataType().simpleString();
      var project = (org.apache.spark.sql.catalyst.plans.logical.Project) ((org.apache.spark.sql.classic.Dataset<Row>) one)
          .queryExecution().analyzed();
      asked.readsRows = !((org.apache.spark.sql.catalyst.expressions.Expression) project.projectList().head()).references().isEmpty();
    } catch (Throwable error) {
      asked.failure = "E\t" + classOf(error) + "\t" + firstLine(error);
    }
  }

  static List<Row> project(Dataset<Row> from, List<Asked> some) {
    Column[] shown = new Column[some.size()];
    for (int i = 0; i < shown.length; i++)
      shown[i] = functions.expr("(" + some.get(i).expression + ")").cast("string");
    return from.select(functions.array(shown)).collectAsList(); // one column: its reader is compiled once for all projections
  }

  static String shown(Object value) {
    return value == null ? "N" : "=" + escaped((String) value);
  }

  static void evaluate(Dataset<Row> from, int count, List<Asked> some) {
    if (some.isEmpty())
      return;
    try {
      List<Row> found = project(from, some);
      for (int i = 0; i < some.size(); i++) {
        some.get(i).values = new String[count];
        for (int row = 0; row < count; row++)
          some.get(i).values[row] = shown(found.get(row).getList(0).get(i));
      }
    } catch (Throwable error) {
      if (some.size() == 1) {
        evaluateOne(count, some, error);
      } else {
        evaluate(from, count, some.subList(0, some.size() / 2));
        evaluate(from, count, some.subList(some.size() / 2, some.size()));
      }
    }
  }

  /** What raises over the rows is asked for each of them. */
  static void evaluateOne(int count, List<Asked> one, Throwable error) {
    Asked asked = one.get(0);
    asked.values = new String[count];
    for (int row = 0; row < count; row++) {
      try {
        if (count == 1)
          throw error;
        asked.values[row] = shown(project(rows.filter("row_number = " + row), one).get(0).getList(0).get(0));
      } catch (Throwable raised) {
        asked.values[row] = "!" + classOf(raised);
      }
    }
  }

  /** Does it for all, in several threads. */
  static void forAll(List<Runnable> tasks) throws Exception {
    List<Callable<Void>> calls = new ArrayList<>();
    for (Runnable task : tasks)
      calls.add(() -> {
        SparkSession.setActiveSession(spark);
        task.run();
        return null;
      });
    for (Future<Void> done : workers.invokeAll(calls))
      done.get();
  }

  static void go(List<Asked> all) throws Exception {
    List<Runnable> tasks = new ArrayList<>();
    for (Asked asked : all)
      tasks.add(() -> analyze(asked));
    forAll(tasks);
    tasks.clear();
    for (boolean readsRows : new boolean[] {true, false}) {
      List<Asked> some = new ArrayList<>();
      for (Asked asked : all) {
        if (asked.failure != null || asked.readsRows != readsRows)
          continue;
        some.add(asked);
        if (some.size() == AT_ONCE) {
          List<Asked> full = some;
          tasks.add(() -> evaluate(readsRows ? rows : oneRow, readsRows ? columns.get(0).length : 1, full));
          some = new ArrayList<>();
        }
      }
      List<Asked> last = some;
      tasks.add(() -> evaluate(readsRows ? rows : oneRow, readsRows ? columns.get(0).length : 1, last));
    }
    forAll(tasks);
    for (Asked asked : all) {
      out.print(asked.failure != null ? asked.failure : "V\t" + asked.type + "\t" + String.join("\t", asked.values));
      out.print('\n');
    }
    all.clear();
  }

  static void describeFunctions() {
    for (Row row : spark.sql("SHOW FUNCTIONS").collectAsList()) {
      StringBuilder text = new StringBuilder();
      try {
        for (Row line : spark.sql("DESCRIBE FUNCTION EXTENDED `" + row.getString(0) + "`").collectAsList())
          text.append(line.getString(0)).append('\n');
      } catch (Throwable error) {
        continue; // an operator, which has no page
      }
      out.print(escaped(row.getString(0)) + "\t" + escaped(text.toString()) + "\n");
    }
    out.print("\n");
  }

  public static void main(String[] args) throws Exception {
    spark = SparkSession.builder().master("local[1]").appName("conformance").getOrCreate();
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    List<Asked> all = new ArrayList<>();
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String[] fields = line.split("\t", -1);
      switch (fields[0]) {
        case "zone" -> {
          spark.conf().set("spark.sql.session.timeZone", fields[1]);
          names.clear();
          columns.clear();
        }
        case "column" -> {
          names.add(fields[1]);
          String[] values = new String[fields.length - 2];
          for (int i = 0; i < values.length; i++)
            values[i] = unescaped(fields[i + 2]);
          columns.add(values);
        }
        case "rows" -> makeRows();
        case "ask" -> {
          Asked asked = new Asked();
          asked.expression = unescaped(fields[1]);
          all.add(asked);
        }
        case "go" -> {
          go(all);
          out.flush();
        }
        case "functions" -> {
          describeFunctions();
          out.flush();
        }
        default -> throw new IllegalArgumentException(line);
      }
    }
    System.exit(0); // Spark's threads would keep the process
  }
}
