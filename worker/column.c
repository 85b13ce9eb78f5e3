#include "worker/column.h"

#include "worker/protocol.h"

#include <stdlib.h>

static size_t width_of(const struct type *type)
{
  switch (type->id) {
  case TYPE_VOID:
  case TYPE_BOOLEAN:
  case TYPE_TINYINT:
    return 1;
  case TYPE_SMALLINT:
    return 2;
  case TYPE_INT:
  case TYPE_FLOAT:
  case TYPE_DATE:
    return 4;
  case TYPE_BIGINT:
  case TYPE_DOUBLE:
  case TYPE_TIMESTAMP:
  case TYPE_TIMESTAMP_NTZ:
    return 8;
  case TYPE_DECIMAL:
    return type->precision <= 18 ? 8 : 16;
  case TYPE_STRING:
  case TYPE_BINARY:
    return sizeof(struct text);
  case TYPE_ARRAY:
  case TYPE_MAP:
    return sizeof(struct list_slot);
  case TYPE_STRUCT:
    return 0;
  case TYPE_INTERVAL:
  case TYPE_VARIANT:
  case TYPE_INTERVAL_YEAR_MONTH:
  case TYPE_INTERVAL_DAY_TIME:
    break;
  }
  BUG("no text becomes an interval");
}

void column_init(struct column *column, const struct type *type, struct arena *arena, struct arena *batch)
{
  *column = (struct column){ .type = type, .width = width_of(type), .arena = batch };
  const struct type *parts[2] = { type->element };
  if (type->id == TYPE_ARRAY) {
    column->n_children = 1;
  } else if (type->id == TYPE_MAP) {
    parts[0] = type->key;
    parts[1] = type->element;
    column->n_children = 2;
  } else if (type->id == TYPE_STRUCT) {
    column->n_children = type->n_fields;
  }
  column->children = arena_array(arena, column->n_children, sizeof(*column->children));
  for (size_t i = 0; i < column->n_children; i++)
    column_init(&column->children[i], type->id == TYPE_STRUCT ? type->fields[i].type : parts[i], arena, batch);
}

void column_done(struct column *column)
{
  for (size_t i = 0; i < column->n_children; i++)
    column_done(&column->children[i]);
  free(column->nulls);
  free(column->slots);
  *column = (struct column){ 0 };
}

static void make_room(struct column *column, size_t count)
{
  if (count <= column->capacity)
    return;
  size_t capacity = column->capacity == 0 ? 64 : column->capacity;
  while (capacity < count)
    capacity = size_multiply(capacity, 2);
  column->nulls = checked_realloc(column->nulls, capacity);
  if (column->width > 0)
    column->slots = checked_realloc(column->slots, size_multiply(capacity, column->width));
  column->capacity = capacity;
}

/* The rows from `count` on are new: each has a value of zeros. */
static void resize(struct column *column, size_t from, size_t count)
{
  make_room(column, count);
  if (count > from) {
    memset(column->nulls + from, 0, count - from);
    if (column->width > 0)
      memset((char *)column->slots + from * column->width, 0, (count - from) * column->width);
  }
  column->count = count;
  for (size_t i = 0; column->type->id == TYPE_STRUCT && i < column->n_children; i++)
    resize(&column->children[i], from, count);
}

static void clear(struct column *column)
{
  column->count = 0;
  for (size_t i = 0; i < column->n_children; i++)
    clear(&column->children[i]);
}

void column_start(struct column *column, size_t count)
{
  clear(column);
  resize(column, 0, count);
}

void column_set_decimal(struct column *column, size_t row, int128 unscaled)
{
  if (column->width == 8)
    COLUMN(column, int64_t)[row] = (int64_t)unscaled;
  else
    memcpy((char *)column->slots + row * sizeof(unscaled), &unscaled, sizeof(unscaled));
}

int128 column_decimal(const struct column *column, size_t row)
{
  int128 unscaled;
  if (column->width == 8)
    return COLUMN(column, int64_t)[row];
  memcpy(&unscaled, (const char *)column->slots + row * sizeof(unscaled), sizeof(unscaled));
  return unscaled;
}

/* Writing. The machines that Spark runs on are little-endian, as the format is. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "columns are written as they lie in memory");

enum nulls_flag { NO_NULLS, SOME_NULLS, ALL_NULL };

static enum nulls_flag write_nulls(const unsigned char *nulls, size_t count, struct text_buffer *out)
{
  size_t n_nulls = 0;
  for (size_t row = 0; nulls != NULL && row < count; row++)
    n_nulls += nulls[row];
  enum nulls_flag flag = n_nulls == 0 ? NO_NULLS : n_nulls == count ? ALL_NULL : SOME_NULLS;
  text_buffer_add_char(out, (char)flag);
  if (flag != SOME_NULLS)
    return flag;
  size_t size = (count + 7) / 8;
  text_buffer_reserve(out, size);
  unsigned char *bitmap = (unsigned char *)out->data + out->length;
  memset(bitmap, 0, size);
  for (size_t row = 0; row < count; row++)
    bitmap[row / 8] |= (unsigned char)((nulls[row] ^ 1u) << (row % 8));
  out->length += size;
  return flag;
}

static bool write_texts(const struct text *texts, const unsigned char *nulls, size_t count, struct text_buffer *out,
                        struct error *err)
{
  uint64_t total = 0;
  text_buffer_reserve(out, (count + 1) * sizeof(uint32_t));
  char *ends = out->data + out->length;
  memset(ends, 0, sizeof(uint32_t));
  for (size_t row = 0; row < count; row++) {
    total += nulls != NULL && nulls[row] != 0 ? 0 : texts[row].length;
    memcpy(ends + (row + 1) * sizeof(uint32_t), &(uint32_t){ (uint32_t)total }, sizeof(uint32_t));
  }
  out->length += (count + 1) * sizeof(uint32_t);
  if (total > INT32_MAX)
    return fail(err, ERROR_DATA, NOWHERE,
                "the texts of %zu records take %llu bytes in one column, but Spark takes 2 GiB", count,
                (unsigned long long)total);
  text_buffer_reserve(out, total);
  for (size_t row = 0; row < count; row++)
    if ((nulls == NULL || nulls[row] == 0) && texts[row].length > 0)
      text_buffer_add_text(out, texts[row]);
  return true;
}

bool column_write_values(const struct type *type, const unsigned char *nulls, const void *slots, size_t count,
                         struct text_buffer *out, struct error *err)
{
  if (write_nulls(nulls, count, out) == ALL_NULL)
    return true;
  if (type->id == TYPE_STRING || type->id == TYPE_BINARY)
    return write_texts(slots, nulls, count, out, err);
  if (slots != NULL)
    text_buffer_add(out, slots, count * width_of(type));
  return true;
}

static bool write_lists(const struct column *column, struct text_buffer *out, struct error *err)
{
  const struct list_slot *lists = COLUMN(column, struct list_slot);
  if (column->children[0].count > INT32_MAX)
    return fail(err, ERROR_DATA, NOWHERE, "the lists of %zu records have more than 2^31 elements", column->count);
  for (size_t row = 0; row < column->count; row++)
    add_u32(out, lists[row].start);
  for (size_t row = 0; row < column->count; row++)
    add_u32(out, lists[row].length);
  add_u32(out, (uint32_t)column->children[0].count);
  return true;
}

bool column_write(const struct column *column, struct text_buffer *out, struct error *err)
{
  if (!type_is_nested(column->type))
    return column_write_values(column->type, column->nulls, column->slots, column->count, out, err);
  if (write_nulls(column->nulls, column->count, out) == ALL_NULL)
    return true;
  if (column->type->id != TYPE_STRUCT)
    TRY(write_lists(column, out, err));
  for (size_t i = 0; i < column->n_children; i++)
    TRY(column_write(&column->children[i], out, err));
  return true;
}

/* json_read_value */

static void set_null(void *handle, const struct type *type, size_t row)
{
  struct column *column = handle;
  column->nulls[row] = 1;
  if (type->id == TYPE_STRUCT)
    for (size_t i = 0; i < column->n_children; i++)
      set_null(&column->children[i], column->children[i].type, row);
  else if (type->id == TYPE_ARRAY || type->id == TYPE_MAP)
    COLUMN(column, struct list_slot)[row] = (struct list_slot){ 0, 0 };
}

static void set_valid(void *handle, size_t row)
{
  ((struct column *)handle)->nulls[row] = 0;
}

static void *slots_of(void *handle)
{
  return ((struct column *)handle)->slots;
}

static void set_text(void *handle, size_t row, struct text text)
{
  struct column *column = handle;
  COLUMN(column, struct text)[row] = (struct text){ arena_copy(column->arena, text.data, text.length), text.length };
}

static void set_decimal(void *handle, const struct type *type, size_t row, int128 unscaled)
{
  (void)type;
  column_set_decimal(handle, row, unscaled);
}

static void *child_of(void *handle, const struct type *type, size_t index)
{
  (void)type;
  return &((struct column *)handle)->children[index];
}

static size_t count_elements(void *handle)
{
  return ((struct column *)handle)->children[0].count;
}

static size_t add_element(void *handle, const struct type *type)
{
  (void)type;
  struct column *column = handle;
  size_t element = column->children[0].count;
  for (size_t i = 0; i < column->n_children; i++)
    resize(&column->children[i], element, element + 1);
  return element;
}

static void set_list(void *handle, size_t row, size_t start, size_t count)
{
  COLUMN((struct column *)handle, struct list_slot)[row] = (struct list_slot){ (uint32_t)start, (uint32_t)count };
}

const struct json_columns worker_columns = {
  .set_null = set_null,
  .set_valid = set_valid,
  .slots = slots_of,
  .set_text = set_text,
  .set_decimal = set_decimal,
  .child = child_of,
  .count_elements = count_elements,
  .add_element = add_element,
  .set_list = set_list,
};
