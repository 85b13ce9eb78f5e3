/** Spark SQL's data types: the types of columns, casts and expressions everywhere in crisol.
 * A type is immutable and lives in an arena (or is one of the static simple ones). */
#ifndef CRISOL_VALUE_TYPE_H
#define CRISOL_VALUE_TYPE_H

#include "base/error.h"

enum type_id {
  TYPE_VOID, /* the type of NULL */
  TYPE_BOOLEAN,
  TYPE_TINYINT,
  TYPE_SMALLINT,
  TYPE_INT,
  TYPE_BIGINT,
  TYPE_FLOAT,
  TYPE_DOUBLE,
  TYPE_DECIMAL,
  TYPE_STRING,
  TYPE_BINARY,
  TYPE_DATE,
  TYPE_TIMESTAMP,     /* an instant, in microseconds since 1970 UTC */
  TYPE_TIMESTAMP_NTZ, /* a wall clock without a zone */
  TYPE_INTERVAL_YEAR_MONTH,
  TYPE_INTERVAL_DAY_TIME,
  TYPE_INTERVAL, /* a calendar interval: months, days, microseconds */
  TYPE_VARIANT,  /* of expressions alone: see value/variant.h */
  TYPE_ARRAY,
  TYPE_MAP,
  TYPE_STRUCT,
};

enum interval_unit { UNIT_YEAR, UNIT_MONTH, UNIT_DAY, UNIT_HOUR, UNIT_MINUTE, UNIT_SECOND };

struct type_field {
  const char *name;
  const struct type *type;
};

struct type {
  enum type_id id;
  uint8_t precision;                        /* decimal: 1 to 38 */
  uint8_t scale;                            /* decimal: 0 to precision */
  enum interval_unit first_unit, last_unit; /* year-month and day-time intervals */
  const struct type *key;                   /* map */
  const struct type *element;               /* array: its elements; map: its values */
  const struct type_field *fields;          /* struct */
  size_t n_fields;
};

/** The static type of an id without parameters (not decimal, array, map, struct). */
const struct type *type_simple(enum type_id id);
/** decimal(precision, scale): 1 to 38 digits, `scale` of them behind the point. */
const struct type *type_decimal(struct arena *arena, int precision, int scale);
/** array<element>. The element's type is kept, not copied. */
const struct type *type_array(struct arena *arena, const struct type *element);
/** map<key,value>. Both types are kept, not copied. */
const struct type *type_map(struct arena *arena, const struct type *key, const struct type *value);
/** `fields` is kept, not copied. */
const struct type *type_struct(struct arena *arena, const struct type_field *fields, size_t n_fields);
/** The type of values of both, where types are learnt from values: void is that of no value, numbers become bigint,
 * decimal or double, structs have the fields of both, each list in the order of their names; `otherwise` where the two
 * have nothing in common. */
const struct type *type_merge(struct arena *arena, const struct type *a, const struct type *b,
                              const struct type *otherwise);
/** A year-month interval (year, month) or a day-time one (day to second); `first` to `last` must be one of Spark's. */
const struct type *type_interval(struct arena *arena, enum interval_unit first, enum interval_unit last);
/** Whether both are the same type, names of fields included. */
bool type_equal(const struct type *a, const struct type *b);
/** Whether it is an integral type, float, double or decimal. */
bool type_is_numeric(const struct type *type);
/** Whether it is tinyint, smallint, int or bigint. */
bool type_is_integral(const struct type *type);
/** Whether it is a struct, an array or a map. */
bool type_is_nested(const struct type *type);
/** Whether every value of type `from` is one of type `to`, so that a column may change from one to the other: wider
 * integers, decimals with more digits on both sides, double for float and int. False where they are equal. */
bool type_is_widening(const struct type *from, const struct type *to);
/** The type that values of `written` are stored in beside files that hold `standing`, so that whoever reads them
 * together sees every value as it is, or an error: the standing type where it takes every value of the other, the wider
 * one where a reader that takes the standing one would notice. Nested types by their parts, fields by name. NULL where
 * the two do not go together. */
const struct type *type_store(struct arena *arena, const struct type *standing, const struct type *written);

/** Adds Spark's simpleString: "decimal(18,2)", "array<int>", "struct<a:int,b:string>". */
void type_print(const struct type *type, struct text_buffer *out);
/** The same as a string of the arena's. */
char *type_name(struct arena *arena, const struct type *type);
/** Adds a name in backquotes, where it needs them there. */
void type_add_sql_name(const char *name, struct text_buffer *out);
/** Adds Spark's DataType.sql: "STRUCT<a: INT, `b c`: ARRAY<STRING>>". */
void type_print_sql(const struct type *type, struct text_buffer *out);
/** Adds, or returns, the same as DDL that type_parse reads: names of other characters than a word's stand in
 * backquotes, "struct<`first-name`:string>". */
void type_print_ddl(const struct type *type, struct text_buffer *out);
/** The same as a string of the arena's. */
char *type_ddl(struct arena *arena, const struct type *type);

/** Adds DuckDB's name of the type: "DECIMAL(18,2)", "INTEGER[]", "STRUCT("a" INTEGER)"; TYPE_TIMESTAMP is TIMESTAMP
 * WITH TIME ZONE, TYPE_TIMESTAMP_NTZ is TIMESTAMP, all intervals are INTERVAL, TYPE_VOID is INTEGER. */
void type_print_duckdb(const struct type *type, struct text_buffer *out);

/** Parses a type as Spark's DDL writes it ("int", "integer", "DECIMAL(10,2)", "map<string,int>", "struct<a:int,
 * b:date>"). `decimal` alone is decimal(10,0). Fails with ERROR_CONFIG at `place`, naming the type found and the
 * nearest known one. */
MUST_CHECK bool type_parse(struct arena *arena, struct text text, struct place place, const struct type **ret_type,
                           struct error *err);

/** Parses a schema as from_json takes it: a type, or "a INT, b DOUBLE" (also "a: INT"), which is a struct. */
MUST_CHECK bool type_parse_schema(struct arena *arena, struct text text, struct place place,
                                  const struct type **ret_type, struct error *err);

#endif
