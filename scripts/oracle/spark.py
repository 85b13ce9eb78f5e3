"""What Spark answers to the expressions of a case file, against what the file has: spark.py FILE...

A line is `expression<TAB>type: value`, or `expression<TAB>ERROR...`; lines that begin with # are comments. Spark runs with ANSI
off in the time zone of tests/cases/expr, America/Bogota. Differences are printed as `expression<TAB>file<TAB>Spark`; the exit
code is 1 where there is one.
"""

import sys

from pyspark.sql import SparkSession


def start():
    return (SparkSession.builder.master("local[1]").appName("crisol-oracle")
            .config("spark.sql.session.timeZone", "America/Bogota").config("spark.sql.ansi.enabled", "false")
            .config("spark.ui.enabled", "false").config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.driver.host", "127.0.0.1").config("spark.sql.warehouse.dir", "build/oracle/warehouse")
            .getOrCreate())


def ask(spark, expression):
    """`type: value` as `crisol eval` prints it, or ERROR."""
    try:
        row = spark.sql(f"SELECT typeof(x), CAST(x AS STRING) FROM (SELECT ({expression}) AS x)").head()
        return f"{row[0]}: {'NULL' if row[1] is None else row[1]}"
    except Exception:  # whatever class it is, the answer is that there is none
        return "ERROR"


def escaped(text):
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")


def main(paths):
    spark = start()
    spark.sparkContext.setLogLevel("OFF")
    n_asked = n_different = 0
    for path in paths:
        with open(path, encoding="utf-8") as file:
            for line in file:
                cells = line.rstrip("\n").split("\t")
                if line.startswith("#") or len(cells) < 2:
                    continue
                answer = ask(spark, cells[0])
                expected = "ERROR" if cells[1].startswith("ERROR") else cells[1]
                n_asked += 1
                if answer != expected and escaped(answer) != expected:
                    n_different += 1
                    print(f"{cells[0]}\t{cells[1]}\t{escaped(answer)}")
    print(f"{n_asked} asked, {n_different} different", file=sys.stderr)
    spark.stop()
    return 1 if n_different else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
