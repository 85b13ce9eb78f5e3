/** How a scalar function in C is written: a row of its family's table and a C function.
 *
 *   static bool levenshtein(struct udf_call *call, size_t row)
 *   {
 *     struct text a = arg_text(call, 0, row);
 *     ...
 *     return_int(call, row, distance);
 *     return true;
 *   }
 *   { .name = "spark_levenshtein", .signature = "string string > int", .each = levenshtein },
 *
 * `each` is called for every row whose arguments are all there (for every row with UDF_NULLS) and returns false where
 * the result is null. A row without a signature is a family: its types come from the name that the SQL uses. Nothing is
 * allocated by row: `call->buffer` is scratch space that keeps its memory for a chunk, udf_compiled keeps regexes and
 * patterns. A function may run in several threads at once. */
#ifndef CRISOL_DUCKDB_FUNCTIONS_INTERNAL_H
#define CRISOL_DUCKDB_FUNCTIONS_INTERNAL_H

#include "duckdb/functions/functions.h"
#include "value/cast.h"
#include "value/type.h"

__extension__ typedef unsigned __int128 uint128;

/** A column of values: an argument, the result, or the parts of one. */
struct vector {
  const struct type *type;
  duckdb_vector handle;
  void *data;
  uint64_t *validity;      /* NULL: nothing is null */
  struct vector *children; /* array: its elements; map: keys and values; struct: its fields */
  bool is_result;
};

enum udf_flags {
  UDF_PLAIN = 0,
  UDF_NULLS = 1,    /* called where arguments are null, too */
  UDF_VOLATILE = 2, /* the answer differs from call to call */
};

struct udf_call;

struct udf {
  const char *name;
  const char *signature; /* type codes: "string int > boolean"; NULL: a family */
  unsigned flags;
  bool (*each)(struct udf_call *call, size_t row);
  void (*all)(struct udf_call *call); /* instead of `each`: the whole chunk */
};

/** How something costly is made from a constant argument. */
struct compiler {
  bool (*compile)(struct text source, void **ret_object, struct error *err);
  void (*release)(void *object);
};

struct udf_call {
  const struct udf *function;
  const struct timezone *zone; /* the session's */
  const char *zone_name;
  const struct type *const *types; /* of the arguments, then of the result */
  size_t n_args;
  size_t n_rows;
  struct vector *args;
  struct vector result;
  struct text_buffer buffer; /* scratch */
  struct arena arena;        /* lives as long as the chunk */
  bool writes_plainly;       /* decimals without an exponent, as try_cast does */
  size_t list_size;          /* elements so far of a result that is an array or map */
  size_t list_start;
  size_t list_capacity;
  size_t list_bytes;                    /* of the values copied into the list that is being made */
  const struct compiler *memo_compiler; /* what udf_compiled found last */
  struct text memo_source;
  const void *memo_object;
  void *memo_owned; /* released with the call, since the cache was full */
  char error[512];
};

/** The object made from `source`; NULL where that fails, with the call's error set. Objects are kept for the life of
 * the program, the first few hundred of them; udf_compiled is quick while the source stays the same from row to row. */
const void *udf_compiled(struct udf_call *call, const struct compiler *compiler, struct text source);

/** Makes the statement fail, as Spark's job would: "[CLASS] message". Returns false. */
bool udf_fail(struct udf_call *call, const char *error_class, const char *format, ...) PRINTF_LIKE(3, 4);

/* The longest text that a function makes: past it Spark's job would run out of memory. */
enum { MAX_TEXT = 256 * 1024 * 1024 };
/* The most elements of an array that a function makes, which may have as many bytes as a text. */
enum { MAX_ELEMENTS = 10 * 1000 * 1000 };
/* The function's name as people write it. */
const char *udf_shown_name(const struct udf_call *call);
/* Fails for a text of so many bytes where they are more than that. To be asked before the text is made, or while it is:
 * what one value asks for is not to take all memory. */
bool udf_check_size(struct udf_call *call, size_t bytes);

/* Reading. */
static inline bool vector_is_null(const struct vector *vector, size_t row)
{
  return vector->validity != NULL && (vector->validity[row / 64] >> (row % 64) & 1) == 0;
}

static inline struct text vector_text(const struct vector *vector, size_t row)
{
  const duckdb_string_t *string = &((const duckdb_string_t *)vector->data)[row];
  uint32_t length = string->value.inlined.length;
  const char *data =
      length <= sizeof string->value.inlined.inlined ? string->value.inlined.inlined : string->value.pointer.ptr;
  return (struct text){ .data = data, .length = length };
}

/** An integer of any width, or the days of a date. */
static inline int64_t vector_integer(const struct vector *vector, size_t row)
{
  switch (vector->type->id) {
  case TYPE_TINYINT:
    return ((const int8_t *)vector->data)[row];
  case TYPE_SMALLINT:
    return ((const int16_t *)vector->data)[row];
  case TYPE_INT:
  case TYPE_DATE:
    return ((const int32_t *)vector->data)[row];
  default:
    return ((const int64_t *)vector->data)[row];
  }
}

/** A decimal of any precision, unscaled. */
static inline int128 vector_decimal(const struct vector *vector, size_t row)
{
  if (vector->type->precision <= 4)
    return ((const int16_t *)vector->data)[row];
  if (vector->type->precision <= 9)
    return ((const int32_t *)vector->data)[row];
  if (vector->type->precision <= 18)
    return ((const int64_t *)vector->data)[row];
  return ((const int128 *)vector->data)[row];
}

static inline struct text arg_text(const struct udf_call *call, size_t index, size_t row)
{
  return vector_text(&call->args[index], row);
}
#define ARG(call, index, row, c_type) (((const c_type *)(call)->args[index].data)[row])
#define RESULT(call, row, c_type) (((c_type *)(call)->result.data)[row])

static inline bool arg_boolean(const struct udf_call *call, size_t index, size_t row)
{
  return ARG(call, index, row, bool);
}
static inline int32_t arg_int(const struct udf_call *call, size_t index, size_t row)
{
  return ARG(call, index, row, int32_t);
}
static inline int64_t arg_bigint(const struct udf_call *call, size_t index, size_t row)
{
  return ARG(call, index, row, int64_t);
}
static inline double arg_double(const struct udf_call *call, size_t index, size_t row)
{
  return ARG(call, index, row, double);
}
static inline bool arg_is_null(const struct udf_call *call, size_t index, size_t row)
{
  return vector_is_null(&call->args[index], row);
}

/* Writing; all return true, so that `return return_int(...)` ends a function. */
static inline bool return_boolean(struct udf_call *call, size_t row, bool value)
{
  RESULT(call, row, bool) = value;
  return true;
}
static inline bool return_int(struct udf_call *call, size_t row, int32_t value)
{
  RESULT(call, row, int32_t) = value;
  return true;
}
static inline bool return_bigint(struct udf_call *call, size_t row, int64_t value)
{
  RESULT(call, row, int64_t) = value;
  return true;
}
static inline bool return_double(struct udf_call *call, size_t row, double value)
{
  RESULT(call, row, double) = value;
  return true;
}
/** The text must be UTF-8 (a binary result may be anything). */
bool return_text(struct udf_call *call, size_t row, struct text text);
/** Bytes that may not be UTF-8: what is none becomes U+FFFD. */
bool return_bytes_as_text(struct udf_call *call, size_t row, struct text bytes);
/** What call->buffer holds. */
bool return_buffer(struct udf_call *call, size_t row);
bool return_decimal(struct udf_call *call, size_t row, int128 unscaled);

/* Values of any type. */
void vector_open(struct arena *arena, const struct type *type, duckdb_vector handle, bool is_result,
                 struct vector *ret_vector);
void vector_set_null(struct vector *vector, size_t row);
void vector_set_text(struct vector *vector, size_t row, struct text text);
void vector_set_decimal(struct vector *vector, size_t row, int128 unscaled);
/** Copies one value into a result of the same type. */
void vector_copy(struct udf_call *call, struct vector *to, size_t to_row, const struct vector *from, size_t from_row);
/** Orders two values of one type as Spark does: null first, NaN last, text by bytes. */
int vector_compare(const struct vector *a, size_t row_a, const struct vector *b, size_t row_b);
/** Equal for values that vector_compare finds equal. */
uint64_t vector_hash(const struct vector *vector, size_t row);
/** Adds the value as Spark casts it to a string; a null within is "null". */
void vector_add_text(const struct udf_call *call, const struct vector *vector, size_t row, struct text_buffer *out);

/* A result that is an array: begin, add elements, end. */
void list_begin(struct udf_call *call);
/** Makes room for one element and returns its row in *ret_elements; pointers into it last until the next element. */
struct vector *list_add(struct udf_call *call, size_t *ret_row);
/** Both make the call fail, and add nothing, where the array would pass MAX_ELEMENTS or MAX_TEXT bytes. */
bool list_add_text(struct udf_call *call, struct text text);
bool list_add_copy(struct udf_call *call, const struct vector *from, size_t from_row);
void list_add_null(struct udf_call *call);
bool list_end(struct udf_call *call, size_t row);
/** Where the elements of an array or map argument lie in its children. */
static inline duckdb_list_entry vector_list(const struct vector *vector, size_t row)
{
  return ((const duckdb_list_entry *)vector->data)[row];
}

/** The instant in microseconds that many months, days and microseconds later: months and days move the zone's wall
 * clock. A zone of NULL is none, for wall clocks. The caller looks whether it fits 64 bits. */
int128 instant_plus(const struct timezone *zone, int64_t instant, int64_t months, int64_t days, int128 micros);

/** Rows of one family. */
struct udf_family {
  const struct udf *rows;
  size_t n_rows;
};
extern const struct udf_family cast_udfs, math_udfs, integer_udfs, decimal_udfs, interval_udfs, string_udfs,
    search_udfs, case_udfs, match_udfs, format_udfs, printf_udfs, encode_udfs, url_udfs, collection_udfs, map_udfs,
    sequence_udfs, hash_udfs, datetime_udfs, calendar_udfs, regex_udfs, json_udfs, gold_udfs, aes_udfs, random_udfs,
    vector_udfs, csv_udfs, array_sort_udfs, xpath_udfs, variant_udfs;
#define UDF_FAMILY(variable, table)                                                                                    \
  const struct udf_family variable = { .rows = (table), .n_rows = ARRAY_LENGTH(table) }

/** Reads a type code such as "decimal_18_2" or "array_int" from the start of `text` and moves past it; NULL where it is
 * none.
 */
const struct type *type_read_code(struct arena *arena, struct text *text);
/** DuckDB's logical type; the caller destroys it. */
duckdb_logical_type type_to_duckdb(const struct type *type);

#endif
