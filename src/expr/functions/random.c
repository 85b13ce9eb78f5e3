/* Numbers by chance. Given a seed they are Spark's, row by row in the order in which the rows are read, as of one
 * partition: the same rows have the same numbers. */
#include "expr/functions/functions.h"

static struct arena *arena_of(const struct call *call)
{
  return call->resolver->arena;
}

static const struct expr *integer(struct call *call, int64_t value)
{
  struct expr *literal = expr_new(arena_of(call), EXPR_LITERAL, type_simple(TYPE_BIGINT), call->place);
  literal->literal = (struct literal){ .type = literal->type, .integer = value };
  literal->is_constant = true;
  return literal;
}

static bool fail_fold(struct call *call, size_t index)
{
  return call_fail(call, "DATATYPE_MISMATCH.NON_FOLDABLE_INPUT", "argument %zu of \"%s\" must be a constant", index + 1,
                   call->function->name);
}

/* The seed becomes a bigint, NULL 0. */
static bool resolve_seed(struct call *call, size_t index)
{
  const struct expr *seed = call->args[index];
  enum type_id id = seed->type->id;
  if (id != TYPE_INT && id != TYPE_BIGINT && id != TYPE_VOID)
    return call_fail_type(call, index, "int|bigint");
  if (!seed->is_constant)
    return fail_fold(call, index);
  if (call_is_null(call, index))
    call->args[index] = integer(call, 0);
  else
    call_cast(call, index, type_simple(TYPE_BIGINT));
  return true;
}

/* A call without a seed has its arguments and no more; one with a seed gets the row's number as its last. */
static bool add_row(struct call *call, size_t n_plain)
{
  const struct expr **args = arena_array(arena_of(call), call->n_args + 1, sizeof(*args));
  if (call->n_args == n_plain)
    return true;
  for (size_t i = 0; i < call->n_args; i++)
    args[i] = call->args[i];
  TRY(resolve_seed(call, n_plain));
  args[n_plain] = call->args[n_plain];
  args[call->n_args] = call_row_number(call);
  call->args = args;
  call->n_args++;
  return true;
}

static bool resolve_plain(struct call *call)
{
  return add_row(call, 0);
}

static bool resolve_row_number(struct call *call)
{
  const struct expr **args = arena_array(arena_of(call), 1, sizeof(*args));
  args[0] = call_row_number(call);
  call->args = args;
  call->n_args = 1;
  return true;
}

static bool is_wider(const struct type *a, const struct type *b)
{
  return a->precision - a->scale >= b->precision - b->scale && a->scale >= b->scale;
}

static const struct type *uniform_type(const struct type *a, const struct type *b)
{
  if (a->id == TYPE_VOID || b->id == TYPE_VOID || a->id == TYPE_DOUBLE || b->id == TYPE_DOUBLE)
    return type_simple(TYPE_DOUBLE);
  if (a->id == TYPE_FLOAT || b->id == TYPE_FLOAT)
    return type_simple(TYPE_FLOAT);
  if (a->id == TYPE_DECIMAL && b->id == TYPE_DECIMAL)
    return is_wider(a, b) ? a : b;
  if (a->id == TYPE_DECIMAL || b->id == TYPE_DECIMAL)
    return a->id == TYPE_DECIMAL ? a : b;
  return a->id > b->id ? a : b;
}

static bool resolve_uniform(struct call *call)
{
  for (size_t i = 0; i < 2; i++) {
    if (!type_is_numeric(call->args[i]->type) && call->args[i]->type->id != TYPE_VOID)
      return call_fail_type(call, i, "numeric");
    if (!call->args[i]->is_constant)
      return fail_fold(call, i);
  }
  call->type = uniform_type(call->args[0]->type, call->args[1]->type);
  TRY(add_row(call, 2));
  for (size_t i = 0; i < 2; i++)
    call_cast(call, i, type_simple(TYPE_DOUBLE));
  return true;
}

static void print_uniform(const struct expr *call, struct text_buffer *out)
{
  bool is_double = call->type->id == TYPE_DOUBLE;
  if (!is_double)
    print_template(call, "spark_cast__double__$T", out);
  print_template(call, call->n_args == 4 ? "($1 + ($2 - $1) * spark_rand($3, $4))" : "($1 + ($2 - $1) * random())",
                 out);
}

static bool resolve_randstr(struct call *call)
{
  int64_t length;
  enum type_id id = call->args[0]->type->id;
  if (!type_is_numeric(call->args[0]->type) && id != TYPE_STRING && id != TYPE_VOID)
    return call_fail_type(call, 0, "int");
  if (!call->args[0]->is_constant)
    return fail_fold(call, 0);
  if (call_literal_int(call, 0, &length) && length < 0)
    return call_fail(call, "DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE", "the length must not be negative");
  call_cast(call, 0, type_simple(TYPE_INT));
  return add_row(call, 1);
}

static bool resolve_shuffle(struct call *call)
{
  int64_t seed;
  enum type_id id = call->args[0]->type->id;
  if (id != TYPE_ARRAY && id != TYPE_VOID)
    return call_fail_type(call, 0, "array");
  call->type = id == TYPE_VOID ? type_array(arena_of(call), type_simple(TYPE_VOID)) : call->args[0]->type;
  call_cast(call, 0, call->type);
  bool is_seed = call->n_args == 1 || call_is_null(call, 1) ||
                 (type_is_integral(call->args[1]->type) && call_literal_int(call, 1, &seed));
  if (!is_seed)
    return call_fail(call, "INVALID_PARAMETER_VALUE.LONG", "the seed of shuffle must be a constant bigint");
  if (call->n_args == 2 && call_is_null(call, 1))
    call->n_args = 1; /* as no seed */
  return add_row(call, 1);
}

/* Without a seed each row has a random one, of its own; the row -1 is remembered for no other. */
#define RANDOM_SEED "CAST(floor(random() * 9007199254740992) AS BIGINT), CAST(-1 AS BIGINT)"

static void print_random(const struct expr *call, struct text_buffer *out)
{
  print_template(call, call->n_args == 0 ? "random()" : "spark_rand($1, $2)", out);
}

static void print_randn(const struct expr *call, struct text_buffer *out)
{
  print_template(call, call->n_args == 0 ? "spark_randn(" RANDOM_SEED ")" : "spark_randn($1, $2)", out);
}

static void print_randstr(const struct expr *call, struct text_buffer *out)
{
  print_template(call, "spark_randstr(coalesce($1, 0), ", out);
  print_template(call, call->n_args == 1 ? RANDOM_SEED ")" : "$2, $3)", out);
}

static void print_shuffle(const struct expr *call, struct text_buffer *out)
{
  print_template(call, "spark_shuffle__$T1__bigint__bigint__$T1($1, ", out);
  print_template(call, call->n_args == 1 ? RANDOM_SEED ")" : "$2, $3)", out);
}

/* The function's one argument becomes what _metadata says; without files there is none. */
static bool resolve_file(struct call *call, const char *field)
{
  const struct expr **args = arena_array(arena_of(call), 1, sizeof(*args));
  args[0] = call_metadata(call, field);
  call->args = args;
  call->n_args = args[0] == NULL ? 0 : 1;
  return true;
}

static bool resolve_file_name(struct call *call)
{
  return resolve_file(call, "file_path");
}

static bool resolve_block_start(struct call *call)
{
  return resolve_file(call, "file_block_start");
}

static bool resolve_block_length(struct call *call)
{
  return resolve_file(call, "file_block_length");
}

/* Of "file:/a" here it is "file:///a". */
static void print_file_name(const struct expr *call, struct text_buffer *out)
{
  print_template(call, call->n_args == 0 ? "''" : "regexp_replace($1, '^file:/', 'file:///')", out);
}

static const struct function rows[] = {
  { .name = "rand",
    .aliases = "random",
    .min_args = 0,
    .max_args = 1,
    .flags = FUNCTION_VARIES,
    .returns = "double",
    .resolve = resolve_plain,
    .print = print_random,
    .doc = "A number from 0 to below 1; given a seed, the same for the same rows." },
  { .name = "randn",
    .min_args = 0,
    .max_args = 1,
    .flags = FUNCTION_VARIES,
    .returns = "double",
    .resolve = resolve_plain,
    .print = print_randn,
    .doc = "A number of the standard normal distribution; given a seed, the same for the same rows." },
  { .name = "uniform",
    .min_args = 2,
    .max_args = 3,
    .flags = FUNCTION_VARIES,
    .resolve = resolve_uniform,
    .print = print_uniform,
    .doc = "A number from the first to the second; given a seed, the same for the same rows." },
  { .name = "randstr",
    .min_args = 1,
    .max_args = 2,
    .flags = FUNCTION_VARIES,
    .returns = "string",
    .resolve = resolve_randstr,
    .print = print_randstr,
    .doc = "A text of so many letters and digits; given a seed, the same for the same rows." },
  { .name = "shuffle",
    .min_args = 1,
    .max_args = 2,
    .flags = FUNCTION_VARIES,
    .resolve = resolve_shuffle,
    .print = print_shuffle,
    .doc = "The elements in another order; given a seed, in the same order for the same rows, which is Spark's in the "
           "first row." },
  { .name = "monotonically_increasing_id",
    .min_args = 0,
    .max_args = 0,
    .flags = FUNCTION_VARIES,
    .returns = "bigint",
    .resolve = resolve_row_number,
    .duckdb = "$1",
    .doc = "The row's number among all that are read, from 0, by file and place, as of one partition." },
  { .name = "spark_partition_id",
    .min_args = 0,
    .max_args = 0,
    .returns = "int",
    .duckdb = "CAST(0 AS INTEGER)",
    .doc = "0: the rows are of one partition." },
  { .name = "input_file_name",
    .min_args = 0,
    .max_args = 0,
    .returns = "string",
    .resolve = resolve_file_name,
    .print = print_file_name,
    .doc = "The URI of the file that the row is from; more of it is in _metadata." },
  { .name = "input_file_block_start",
    .min_args = 0,
    .max_args = 0,
    .returns = "bigint",
    .resolve = resolve_block_start,
    .duckdb = "${1:CAST(-1 AS BIGINT)}",
    .doc = "Where the block begins that is read of the row's file: files are one block." },
  { .name = "input_file_block_length",
    .min_args = 0,
    .max_args = 0,
    .returns = "bigint",
    .resolve = resolve_block_length,
    .duckdb = "${1:CAST(-1 AS BIGINT)}",
    .doc = "The bytes of that block: those of the file." },
};

FUNCTION_FAMILY(random_family, "chance", rows);
