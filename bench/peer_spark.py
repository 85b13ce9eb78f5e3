"""Use case 1 as an expert writes it in PySpark, for the same outputs: what `bench/spark.py` compares crisol on Spark with.

  python peer_spark.py RAW_GLOB OUT_DIRECTORY

Silver is partitioned by year and month, the rows that fail a rule go to a quarantine with the rules' names, gold's rows are written
as one Parquet (in the place of a database, on both sides). Malformed records are those that Spark's reader finds.
"""

import sys

from pyspark.sql import SparkSession, Window
from pyspark.sql import functions as F
from pyspark.sql import types as T

RENAME = {"Payment ID": "payment_id", "Customer ID": "customer_id", "Payment Amount": "amount", "Payment Currency": "currency",
          "Payment Date": "payment_date", "Last Updated": "updated_at", "Payment Method": "payment_method",
          "Transaction Status": "status", "Merchant ID": "merchant_id", "Reference Number": "reference_number"}
RULES = [("payment_id_format_strict", "payment_id RLIKE '^PAY-[A-Z0-9]{8}-[A-Z0-9]{4}$'", "quarantine"),
         ("customer_id_format", "customer_id RLIKE '^CUST-[0-9]{6}$'", "quarantine"),
         ("critical_fields_not_null", "payment_id IS NOT NULL AND customer_id IS NOT NULL AND amount IS NOT NULL AND "
          "payment_date IS NOT NULL AND merchant_id IS NOT NULL", "quarantine"),
         ("amount_range_validation", "amount >= 0.01 AND amount <= 1000000", "quarantine"),
         ("currency_whitelist", "currency IS NULL OR currency IN ('USD', 'EUR', 'COP', 'CLP', 'MXN')", "drop"),
         ("payment_method_validation", "payment_method IS NULL OR payment_method IN ('CREDIT_CARD', 'DEBIT_CARD', 'BANK_TRANSFER', "
          "'DIGITAL_WALLET', 'CASH')", "drop"),
         ("status_validation", "status IS NULL OR status IN ('PENDING', 'COMPLETED', 'FAILED', 'CANCELLED', 'REFUNDED')", "drop"),
         ("date_coherence", "payment_date <= current_timestamp() AND (updated_at IS NULL OR updated_at >= payment_date)", "warn"),
         ("merchant_id_range", "merchant_id >= 1 AND merchant_id <= 999999", "quarantine"),
         ("reference_number_format", "reference_number IS NULL OR reference_number RLIKE '^REF-[A-Z0-9]{12}$'", "warn")]
GOLD = "amount > 0 AND currency IS NOT NULL AND status IN ('COMPLETED', 'PENDING', 'FAILED') AND payment_date >= '2020-01-01'"


def main(raw, out):
    spark = (SparkSession.builder.master("local[2]").config("spark.sql.session.timeZone", "America/Bogota")
             .config("spark.sql.ansi.enabled", "false").config("spark.sql.shuffle.partitions", "4")
             .config("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS").config("spark.ui.enabled", "false").getOrCreate())
    spark.sparkContext.setLogLevel("ERROR")
    schema = T.StructType([T.StructField(name, T.StringType()) for name in RENAME] + [T.StructField("_corrupt", T.StringType())])
    rows = spark.read.csv(raw, schema=schema, header=True, multiLine=True, quote='"', escape='"', mode="PERMISSIVE",
                          columnNameOfCorruptRecord="_corrupt").withColumnsRenamed(RENAME)
    rows = rows.withColumns({
        "raw": F.struct(*RENAME.values()), "amount": F.col("amount").cast("decimal(18,2)"),
        "payment_date": F.try_to_timestamp("payment_date", F.lit("yyyy-MM-dd HH:mm:ss")),
        "updated_at": F.try_to_timestamp("updated_at", F.lit("yyyy-MM-dd HH:mm:ss")),
        "merchant_id": F.col("merchant_id").cast("int"), "currency": F.coalesce("currency", F.lit("USD")),
        "status": F.coalesce("status", F.lit("PENDING"))})
    newest = Window.partitionBy("payment_id", "customer_id").orderBy(F.desc_nulls_last("updated_at"), F.desc_nulls_last("amount"))
    rows = rows.withColumn("place", F.when(F.col("_corrupt").isNull(), F.row_number().over(newest)).otherwise(1)).where("place = 1")
    failed = F.array_compact(F.array(*[F.when(F.expr(f"({rule}) IS NOT TRUE"), F.lit(name)) for name, rule, _ in RULES]))
    decides = F.array_compact(F.array(*[F.when(F.expr(f"({rule}) IS NOT TRUE"), F.lit(fate))
                                        for _, rule, fate in RULES if fate != "warn"]))
    rows = rows.withColumn("_failed_rules", failed).withColumn(
        "fate", F.when(F.col("_corrupt").isNotNull(), "quarantine").otherwise(F.coalesce(F.get(decides, F.lit(0)), F.lit("pass"))))
    rows = rows.withColumns({"year": F.year("payment_date"), "month": F.month("payment_date")}).persist()
    counts = {row["fate"]: row["count"] for row in rows.groupBy("fate").count().collect()}
    passed = rows.where("fate = 'pass'")
    silver = passed.select(*RENAME.values(), F.current_timestamp().alias("_ingestion_ts"), "year", "month")
    silver.repartition("year", "month").write.partitionBy("year", "month").parquet(f"{out}/silver", mode="overwrite", compression="snappy")
    rows.where("fate = 'quarantine'").select("raw.*", "_failed_rules", "_corrupt").coalesce(1).write.parquet(
        f"{out}/quarantine", mode="overwrite")
    passed.where(GOLD).select(*RENAME.values()).withColumn("pipeline_version", F.lit("v1.0.0")).write.parquet(f"{out}/gold", mode="overwrite")
    print(counts)
    spark.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
