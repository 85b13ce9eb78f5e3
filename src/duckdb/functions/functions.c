/* Registers the functions, reads the types in their names, and calls them for a chunk. */
#include "duckdb/functions/internal.h"

#include <pthread.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Tells the session's zone: to current_timezone(), and to functions_ensure, which has only a connection. */
static bool session_timezone(struct udf_call *call, size_t row)
{
  return return_text(call, row, text_from(call->zone_name));
}

/* As the system knows whoever runs the program. */
static bool current_user(struct udf_call *call, size_t row)
{
  char buffer[4096];
  struct passwd entry;
  struct passwd *found = NULL;
  if (getpwuid_r(geteuid(), &entry, buffer, sizeof(buffer), &found) == 0 && found != NULL)
    return return_bytes_as_text(call, row, text_from(found->pw_name));
  text_buffer_clear(&call->buffer);
  text_buffer_printf(&call->buffer, "%u", (unsigned)geteuid());
  return return_buffer(call, row);
}

static const struct udf session_rows[] = {
  { .name = "spark_current_user", .signature = "> string", .each = current_user },
  { .name = "spark_session_timezone", .signature = "> string", .each = session_timezone },
};
static UDF_FAMILY(session_udfs, session_rows);

static const struct udf_family *const families[] = {
  &session_udfs,  &cast_udfs,     &math_udfs,       &integer_udfs,    &decimal_udfs,  &interval_udfs,
  &string_udfs,   &search_udfs,   &case_udfs,       &match_udfs,      &format_udfs,   &printf_udfs,
  &encode_udfs,   &url_udfs,      &collection_udfs, &map_udfs,        &sequence_udfs, &hash_udfs,
  &datetime_udfs, &calendar_udfs, &regex_udfs,      &json_udfs,       &gold_udfs,     &aes_udfs,
  &random_udfs,   &vector_udfs,   &csv_udfs,        &array_sort_udfs, &xpath_udfs,    &variant_udfs
};

/* What a registered function carries: its row, its types and the session's zone. */
struct registration {
  const struct udf *function;
  struct arena arena;
  const struct type **types;
  size_t n_args;
  const struct timezone *zone;
  const char *zone_name;
};

static void registration_free(void *data)
{
  struct registration *registration = data;
  arena_done(&registration->arena);
  free(registration);
}

static bool has_null(const struct udf_call *call, size_t row)
{
  for (size_t i = 0; i < call->n_args; i++)
    if (vector_is_null(&call->args[i], row))
      return true;
  return false;
}

static void run_rows(struct udf_call *call)
{
  bool takes_nulls = (call->function->flags & UDF_NULLS) != 0;
  for (size_t row = 0; row < call->n_rows; row++) {
    if ((!takes_nulls && has_null(call, row)) || !call->function->each(call, row))
      vector_set_null(&call->result, row);
    if (call->error[0] != 0)
      return;
  }
}

static void run_chunk(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output)
{
  const struct registration *registration = duckdb_scalar_function_get_extra_info(info);
  struct udf_call call = {
    .function = registration->function,
    .zone = registration->zone,
    .zone_name = registration->zone_name,
    .types = registration->types,
    .n_args = registration->n_args,
    .n_rows = duckdb_data_chunk_get_size(input),
  };
  call.writes_plainly = strcmp(call.function->name, "spark_try_cast") == 0;
  call.args = arena_array(&call.arena, call.n_args, sizeof *call.args);
  for (size_t i = 0; i < call.n_args; i++)
    vector_open(&call.arena, call.types[i], duckdb_data_chunk_get_vector(input, i), false, &call.args[i]);
  vector_open(&call.arena, call.types[call.n_args], output, true, &call.result);
  if (call.function->all != NULL)
    call.function->all(&call);
  else
    run_rows(&call);
  if (call.list_capacity > 0)
    duckdb_list_vector_set_size(output, call.list_size);
  if (call.error[0] != 0)
    duckdb_scalar_function_set_error(info, call.error);
  if (call.memo_owned != NULL)
    call.memo_compiler->release(call.memo_owned);
  text_buffer_done(&call.buffer);
  arena_done(&call.arena);
}

const char *udf_shown_name(const struct udf_call *call)
{
  static const char prefix[] = "spark_";
  const char *name = call->function->name;
  return strncmp(name, prefix, strlen(prefix)) == 0 ? name + strlen(prefix) : name;
}

bool udf_check_size(struct udf_call *call, size_t bytes)
{
  return bytes <= MAX_TEXT || udf_fail(call, "COLLECTION_SIZE_LIMIT_EXCEEDED.FUNCTION",
                                       "%s would make a text of more than %d bytes", udf_shown_name(call), MAX_TEXT);
}

bool udf_fail(struct udf_call *call, const char *error_class, const char *format, ...)
{
  int length = snprintf(call->error, sizeof call->error, "[%s] ", error_class);
  va_list args;
  va_start(args, format);
  vsnprintf(call->error + length, sizeof call->error - (size_t)length, format, args);
  va_end(args);
  return false;
}

/* What was compiled from constants, for all threads: only added to, so that a pointer found stays good. */
enum { MAX_COMPILED = 256 };
static struct compiled {
  const struct compiler *compiler;
  struct text source;
  void *object;
} compiled[MAX_COMPILED];
static size_t n_compiled;
static pthread_mutex_t compiled_lock = PTHREAD_MUTEX_INITIALIZER;

static void *find_compiled(const struct compiler *compiler, struct text source)
{
  void *found = NULL;
  pthread_mutex_lock(&compiled_lock);
  for (size_t i = 0; i < n_compiled && found == NULL; i++)
    if (compiled[i].compiler == compiler && text_equal(compiled[i].source, source))
      found = compiled[i].object;
  pthread_mutex_unlock(&compiled_lock);
  return found;
}

/* Keeps the object, or another that a thread has kept in the meantime; false where there is no room. */
static bool keep_compiled(const struct compiler *compiler, struct text source, void *object)
{
  pthread_mutex_lock(&compiled_lock);
  bool has_room = n_compiled < MAX_COMPILED;
  if (has_room) {
    char *copy = checked_malloc(source.length + 1);
    if (source.length > 0)
      memcpy(copy, source.data, source.length);
    compiled[n_compiled++] = (struct compiled){ compiler, { copy, source.length }, object };
  }
  pthread_mutex_unlock(&compiled_lock);
  return has_room;
}

static void remember(struct udf_call *call, const struct compiler *compiler, struct text source, const void *object)
{
  if (call->memo_owned != NULL)
    call->memo_compiler->release(call->memo_owned);
  call->memo_owned = NULL;
  call->memo_compiler = compiler;
  call->memo_source = source;
  call->memo_object = object;
}

const void *udf_compiled(struct udf_call *call, const struct compiler *compiler, struct text source)
{
  if (call->memo_compiler == compiler && text_equal(call->memo_source, source))
    return call->memo_object;
  void *object = find_compiled(compiler, source);
  if (object != NULL) {
    remember(call, compiler, source, object);
    return object;
  }
  struct error err;
  if (!compiler->compile(source, &object, &err)) {
    snprintf(call->error, sizeof call->error, "%.500s", err.message);
    return NULL;
  }
  bool is_kept = keep_compiled(compiler, source, object);
  remember(call, compiler, source, object);
  call->memo_owned = is_kept ? NULL : object;
  return object;
}

/* Type codes. */

static bool read_number(struct text *text, unsigned *ret_number)
{
  unsigned number = 0;
  size_t length = 0;
  while (length < text->length && length < 4 && text->data[length] >= '0' && text->data[length] <= '9')
    number = number * 10 + (unsigned)(text->data[length++] - '0');
  *text = (struct text){ text->data + length, text->length - length };
  *ret_number = number;
  return length > 0;
}

static bool read_underscore(struct text *text)
{
  if (text->length == 0 || text->data[0] != '_')
    return false;
  *text = (struct text){ text->data + 1, text->length - 1 };
  return true;
}

/* What stands between two types in a function's name. */
static bool read_separator(struct text *text)
{
  TRY(read_underscore(text));
  return read_underscore(text);
}

static struct text read_word(struct text *text)
{
  size_t length = 0;
  while (length < text->length && text->data[length] >= 'a' && text->data[length] <= 'z')
    length++;
  struct text word = { text->data, length };
  *text = (struct text){ text->data + length, text->length - length };
  return word;
}

/* "_18_2": two numbers */
static bool read_pair(struct text *text, unsigned *ret_first, unsigned *ret_second)
{
  return read_underscore(text) && read_number(text, ret_first) && read_underscore(text) &&
         read_number(text, ret_second);
}

/* A field's name in hexadecimal, "x" for the empty one. */
static const char *read_name(struct arena *arena, struct text *text)
{
  char *name = arena_alloc(arena, text->length / 2 + 1);
  size_t length = 0;
  if (text->length > 0 && text->data[0] == 'x') {
    *text = (struct text){ text->data + 1, text->length - 1 };
    return name;
  }
  while (text->length >= 2 && text->data[0] != '_') {
    char digits[3] = { text->data[0], text->data[1], 0 };
    name[length++] = (char)strtol(digits, NULL, 16);
    *text = (struct text){ text->data + 2, text->length - 2 };
  }
  return name;
}

static const struct type *read_struct(struct arena *arena, struct text *text)
{
  unsigned count;
  if (!read_underscore(text) || !read_number(text, &count))
    return NULL;
  struct type_field *fields = arena_array(arena, count, sizeof *fields);
  for (unsigned i = 0; i < count; i++) {
    if (!read_underscore(text))
      return NULL;
    fields[i].name = read_name(arena, text);
    fields[i].type = read_underscore(text) ? type_read_code(arena, text) : NULL;
    if (fields[i].type == NULL)
      return NULL;
  }
  return type_struct(arena, fields, count);
}

static const struct type *read_map(struct arena *arena, struct text *text)
{
  const struct type *key = read_underscore(text) ? type_read_code(arena, text) : NULL;
  const struct type *value = key != NULL && read_underscore(text) ? type_read_code(arena, text) : NULL;
  return value == NULL ? NULL : type_map(arena, key, value);
}

const struct type *type_read_code(struct arena *arena, struct text *text)
{
  unsigned first;
  unsigned second;
  struct text word = read_word(text);
  const struct type *type;
  struct error ignored;
  if (text_equal(word, TEXT("decimal"))) {
    bool is_valid = read_pair(text, &first, &second) && first >= 1 && first <= 38 && second <= first;
    return is_valid ? type_decimal(arena, (int)first, (int)second) : NULL;
  }
  if (text_equal(word, TEXT("variant")))
    return type_simple(TYPE_VARIANT);
  if (text_equal(word, TEXT("span"))) {
    bool is_valid = read_pair(text, &first, &second) && first <= second && second <= UNIT_SECOND &&
                    (first <= UNIT_MONTH) == (second <= UNIT_MONTH);
    return is_valid ? type_interval(arena, (enum interval_unit)first, (enum interval_unit)second) : NULL;
  }
  if (text_equal(word, TEXT("array"))) {
    type = read_underscore(text) ? type_read_code(arena, text) : NULL;
    return type == NULL ? NULL : type_array(arena, type);
  }
  if (text_equal(word, TEXT("map")))
    return read_map(arena, text);
  if (text_equal(word, TEXT("struct")))
    return read_struct(arena, text);
  if (text_equal(word, TEXT("ntz")))
    return type_simple(TYPE_TIMESTAMP_NTZ);
  return type_parse(arena, word, NOWHERE, &type, &ignored) ? type : NULL;
}

static const duckdb_type duckdb_types[] = {
  [TYPE_VOID] = DUCKDB_TYPE_INTEGER,
  [TYPE_BOOLEAN] = DUCKDB_TYPE_BOOLEAN,
  [TYPE_TINYINT] = DUCKDB_TYPE_TINYINT,
  [TYPE_SMALLINT] = DUCKDB_TYPE_SMALLINT,
  [TYPE_INT] = DUCKDB_TYPE_INTEGER,
  [TYPE_BIGINT] = DUCKDB_TYPE_BIGINT,
  [TYPE_FLOAT] = DUCKDB_TYPE_FLOAT,
  [TYPE_DOUBLE] = DUCKDB_TYPE_DOUBLE,
  [TYPE_STRING] = DUCKDB_TYPE_VARCHAR,
  [TYPE_BINARY] = DUCKDB_TYPE_BLOB,
  [TYPE_DATE] = DUCKDB_TYPE_DATE,
  [TYPE_TIMESTAMP] = DUCKDB_TYPE_TIMESTAMP_TZ,
  [TYPE_TIMESTAMP_NTZ] = DUCKDB_TYPE_TIMESTAMP,
  [TYPE_INTERVAL_YEAR_MONTH] = DUCKDB_TYPE_INTERVAL,
  [TYPE_INTERVAL_DAY_TIME] = DUCKDB_TYPE_INTERVAL,
  [TYPE_INTERVAL] = DUCKDB_TYPE_INTERVAL,
  [TYPE_VARIANT] = DUCKDB_TYPE_VARCHAR,
};

static duckdb_logical_type struct_to_duckdb(const struct type *type)
{
  SCOPED(arena_done) struct arena arena = { 0 };
  duckdb_logical_type *members = arena_array(&arena, type->n_fields, sizeof *members);
  const char **names = arena_array(&arena, type->n_fields, sizeof *names);
  for (size_t i = 0; i < type->n_fields; i++) {
    members[i] = type_to_duckdb(type->fields[i].type);
    names[i] = type->fields[i].name;
  }
  duckdb_logical_type logical = duckdb_create_struct_type(members, names, type->n_fields);
  for (size_t i = 0; i < type->n_fields; i++)
    duckdb_destroy_logical_type(&members[i]);
  return logical;
}

duckdb_logical_type type_to_duckdb(const struct type *type)
{
  if (type->id == TYPE_DECIMAL)
    return duckdb_create_decimal_type(type->precision, type->scale);
  if (type->id == TYPE_STRUCT)
    return struct_to_duckdb(type);
  if (type->id != TYPE_ARRAY && type->id != TYPE_MAP)
    return duckdb_create_logical_type(duckdb_types[type->id]);
  duckdb_logical_type element = type_to_duckdb(type->element);
  duckdb_logical_type key = type->id == TYPE_MAP ? type_to_duckdb(type->key) : NULL;
  duckdb_logical_type logical =
      type->id == TYPE_MAP ? duckdb_create_map_type(key, element) : duckdb_create_list_type(element);
  duckdb_destroy_logical_type(&element);
  duckdb_destroy_logical_type(&key);
  return logical;
}

/* Registration. */

static void describe(duckdb_scalar_function function, const struct registration *registration)
{
  for (size_t i = 0; i <= registration->n_args; i++) {
    duckdb_logical_type logical = type_to_duckdb(registration->types[i]);
    if (i < registration->n_args)
      duckdb_scalar_function_add_parameter(function, logical);
    else
      duckdb_scalar_function_set_return_type(function, logical);
    duckdb_destroy_logical_type(&logical);
  }
  if ((registration->function->flags & UDF_NULLS) != 0)
    duckdb_scalar_function_set_special_handling(function);
  if ((registration->function->flags & UDF_VOLATILE) != 0)
    duckdb_scalar_function_set_volatile(function);
}

/* Takes the registration over. */
static bool register_one(duckdb_connection connection, const char *name, struct registration *registration,
                         struct error *err)
{
  duckdb_scalar_function function = duckdb_create_scalar_function();
  duckdb_scalar_function_set_name(function, name);
  describe(function, registration);
  duckdb_scalar_function_set_function(function, run_chunk);
  duckdb_scalar_function_set_extra_info(function, registration, registration_free);
  duckdb_state state = duckdb_register_scalar_function(connection, function);
  duckdb_destroy_scalar_function(&function);
  return state == DuckDBSuccess || fail(err, ERROR_DEFECT, NOWHERE, "could not register function \"%s\"", name);
}

/* Reads "a<separator>b ... <last separator>result" into the registration's types. */
static bool read_types(struct registration *registration, struct text codes, bool is_signature)
{
  size_t capacity = 0;
  size_t count = 0;
  if (is_signature && text_starts_with(codes, TEXT("> ")))
    codes = (struct text){ codes.data + 2, codes.length - 2 };
  while (codes.length > 0) {
    const struct type *type = type_read_code(&registration->arena, &codes);
    if (type == NULL)
      return false;
    registration->types = arena_grow(&registration->arena, registration->types, count, &capacity, sizeof type);
    registration->types[count++] = type;
    if (is_signature) {
      while (codes.length > 0 && (codes.data[0] == ' ' || codes.data[0] == '>'))
        codes = (struct text){ codes.data + 1, codes.length - 1 };
    } else if (codes.length > 0 && !read_separator(&codes)) {
      return false;
    }
  }
  registration->n_args = count - 1;
  return count > 0;
}

static struct registration *registration_new(const struct udf *function, const char *zone_name,
                                             const struct timezone *zone)
{
  struct registration *registration = checked_malloc(sizeof *registration);
  *registration = (struct registration){ .function = function, .zone = zone };
  registration->zone_name = arena_copy(&registration->arena, zone_name, strlen(zone_name));
  return registration;
}

bool functions_register(duckdb_connection connection, const char *zone_name, struct error *err)
{
  if (zone_name == NULL)
    BUG("functions_register: no time zone");
  const struct timezone *zone = timezone_find(text_from(zone_name));
  if (zone == NULL)
    return fail(err, ERROR_CONFIG, NOWHERE, "unknown time zone \"%s\"", zone_name);
  for (size_t i = 0; i < ARRAY_LENGTH(families); i++) {
    for (size_t j = 0; j < families[i]->n_rows; j++) {
      const struct udf *function = &families[i]->rows[j];
      if (function->signature == NULL)
        continue;
      struct registration *registration = registration_new(function, zone_name, zone);
      if (!read_types(registration, text_from(function->signature), true))
        BUG("a function's signature names an unknown type");
      TRY(register_one(connection, function->name, registration, err));
    }
  }
  return true;
}

static bool find_zone(struct arena *arena, duckdb_connection connection, const char **ret_zone, struct error *err)
{
  duckdb_result result;
  duckdb_state state = duckdb_query(connection, "SELECT spark_session_timezone()", &result);
  char *name = state == DuckDBSuccess ? duckdb_value_varchar(&result, 0, 0) : NULL;
  *ret_zone = name == NULL ? NULL : text_copy(arena, text_from(name));
  bool is_interrupted = state != DuckDBSuccess && duckdb_result_error_type(&result) == DUCKDB_ERROR_INTERRUPT;
  duckdb_free(name);
  duckdb_destroy_result(&result);
  if (is_interrupted)
    return fail(err, ERROR_INTERRUPTED, NOWHERE, "interrupted");
  return *ret_zone != NULL || fail(err, ERROR_DEFECT, NOWHERE, "functions_register was not called for this database");
}

static const struct udf *find_family(struct text name)
{
  for (size_t i = 0; i < ARRAY_LENGTH(families); i++)
    for (size_t j = 0; j < families[i]->n_rows; j++)
      if (families[i]->rows[j].signature == NULL && text_equal(text_from(families[i]->rows[j].name), name))
        return &families[i]->rows[j];
  return NULL;
}

static bool is_name_char(char c)
{
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

/* The next name that begins with spark_ and has type codes; moves `*at` past it. */
static struct text next_name(const char **at)
{
  for (const char *start = strstr(*at, "spark_"); start != NULL; start = strstr(start, "spark_")) {
    const char *end = start;
    while (is_name_char(*end))
      end++;
    struct text name = { start, (size_t)(end - start) };
    *at = start = end;
    if (memmem(name.data, name.length, "__", 2) != NULL)
      return name;
  }
  return (struct text){ 0 };
}

static bool register_family(duckdb_connection connection, struct text name, const char *zone_name, struct error *err)
{
  const char *codes = (const char *)memmem(name.data, name.length, "__", 2) + 2;
  const struct udf *function = find_family((struct text){ name.data, (size_t)(codes - name.data) - 2 });
  if (function == NULL)
    return true; /* a column that happens to be called so: DuckDB will say if it is none */
  struct registration *registration = registration_new(function, zone_name, timezone_find(text_from(zone_name)));
  struct text types = { codes, name.length - (size_t)(codes - name.data) };
  if (!read_types(registration, types, false)) {
    registration_free(registration);
    return true;
  }
  char *copy = text_copy(&registration->arena, name);
  return register_one(connection, copy, registration, err);
}

static bool ensure(duckdb_connection connection, const char *sql, struct error *err)
{
  SCOPED(arena_done) struct arena arena = { 0 };
  const char *zone_name = NULL;
  struct text *names = NULL;
  size_t count = 0;
  size_t capacity = 0;
  for (struct text name = next_name(&sql); name.length > 0; name = next_name(&sql)) {
    bool is_new = true;
    for (size_t i = 0; i < count && is_new; i++)
      is_new = !text_equal(names[i], name);
    if (!is_new)
      continue;
    names = arena_grow(&arena, names, count, &capacity, sizeof *names);
    names[count++] = name;
    if (zone_name == NULL)
      TRY(find_zone(&arena, connection, &zone_name, err));
    TRY(register_family(connection, name, zone_name, err));
  }
  return true;
}

/* Two connections may want the same new function. */
bool functions_ensure(duckdb_connection connection, const char *sql, struct error *err)
{
  static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  pthread_mutex_lock(&lock);
  bool is_ensured = ensure(connection, sql, err);
  pthread_mutex_unlock(&lock);
  return is_ensured;
}
