#include "engine/spark/job.h"

extern const char crisol_spark_jar_start[], crisol_spark_jar_end[];

struct text spark_jar(void)
{
  return (struct text){ crisol_spark_jar_start, (size_t)(crisol_spark_jar_end - crisol_spark_jar_start) };
}
