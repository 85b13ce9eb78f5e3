/* Rows to levels and values (the "record shredding" of Dremel): of every leaf below a column a level of definition
 * tells how much of its path is there, one of repetition which list it continues. Columns without lists or structs, the
 * most, go a short way. */
#include "parquet/parquet_internal.h"

#include <endian.h>

struct appending {
  const struct parquet_layout *layout;
  struct column *columns;
  enum parquet_codec codec;
};

static inline bool is_there(const struct parquet_values *values, uint64_t index)
{
  return values->validity == NULL || (values->validity[index / 64] >> index % 64 & 1) != 0;
}

/* values */

static inline char *make_room(struct column *column, size_t length)
{
  struct text_buffer *values = &column->values;
  if (values->capacity - values->length <= length)
    text_buffer_reserve(values, length);
  char *to = values->data + values->length;
  values->length += length;
  column->n_values++;
  return to;
}

static inline void add_text(struct column *column, struct text text)
{
  uint32_t length = (uint32_t)text.length;
  char *to = make_room(column, text.length + sizeof(length));
  memcpy(to, &length, sizeof(length));
  if (text.length > 0)
    memcpy(to + sizeof(length), text.data, text.length);
}

static inline void add_int32(struct column *column, int32_t value)
{
  memcpy(make_room(column, sizeof(value)), &value, sizeof(value));
}

static inline void add_int64(struct column *column, int64_t value)
{
  memcpy(make_room(column, sizeof(value)), &value, sizeof(value));
}

static void add_decimal(struct column *column, const struct parquet_type *type, const void *data, uint64_t index)
{
  switch (type->width) {
  case 2:
    add_int32(column, ((const int16_t *)data)[index]);
    return;
  case 4:
    add_int32(column, ((const int32_t *)data)[index]);
    return;
  case 8:
    add_int64(column, ((const int64_t *)data)[index]);
    return;
  default: {
    const uint64_t *words = (const uint64_t *)data + index * 2; /* no alignment of 16 bytes is promised */
    const uint64_t low = htobe64(words[0]), high = htobe64(words[1]);
    char *room = make_room(column, sizeof(high) + sizeof(low));
    memcpy(room, &high, sizeof(high));
    memcpy(room + sizeof(high), &low, sizeof(low));
  }
  }
}

static inline void add_value(struct column *column, const struct leaf *leaf, const void *data, uint64_t index)
{
  switch (leaf->type->kind) {
  case PARQUET_STRING:
  case PARQUET_BINARY:
    add_text(column, ((const struct text *)data)[index]);
    return;
  case PARQUET_INT32:
  case PARQUET_DATE:
  case PARQUET_FLOAT:
    memcpy(make_room(column, sizeof(int32_t)), (const char *)data + index * sizeof(int32_t), sizeof(int32_t));
    return;
  case PARQUET_INT64:
  case PARQUET_DOUBLE:
  case PARQUET_TIMESTAMP:
  case PARQUET_TIMESTAMP_LOCAL:
    memcpy(make_room(column, sizeof(int64_t)), (const char *)data + index * sizeof(int64_t), sizeof(int64_t));
    return;
  case PARQUET_BOOLEAN:
    *make_room(column, 1) = ((const bool *)data)[index] ? 1 : 0;
    return;
  case PARQUET_INT8:
    add_int32(column, ((const int8_t *)data)[index]);
    return;
  case PARQUET_INT16:
    add_int32(column, ((const int16_t *)data)[index]);
    return;
  case PARQUET_DECIMAL:
    add_decimal(column, leaf->type, data, index);
    return;
  case PARQUET_LIST:
  case PARQUET_MAP:
  case PARQUET_STRUCT:
    break;
  }
  BUG("add_value: no leaf");
}

/* nested */

static void add_level(struct column *column, const struct leaf *leaf, unsigned repetition, unsigned definition)
{
  if (column->n_levels == column->levels_capacity)
    column_reserve_levels(column, leaf, 1);
  column->definitions[column->n_levels] = (uint8_t)definition;
  if (leaf->max_repetition > 0)
    column->repetitions[column->n_levels] = (uint8_t)repetition;
  column->n_levels++;
}

/* Nothing is there below the node, whose path is there up to a level. */
static void add_nothing(const struct appending *to, const struct node *node, unsigned repetition, unsigned definition)
{
  for (size_t i = node->first_leaf; i < node->first_leaf + node->n_leaves; i++)
    add_level(&to->columns[i], &to->layout->leaves[i], repetition, definition);
}

static void add_nested(const struct appending *to, const struct node *node, const struct parquet_values *values,
                       uint64_t index, unsigned repetition, unsigned above);

static void add_elements(const struct appending *to, const struct node *node, const struct parquet_values *values,
                         uint64_t index, unsigned repetition)
{
  const struct parquet_span *span = &((const struct parquet_span *)values->data)[index];
  if (span->length == 0) {
    add_nothing(to, node, repetition, node->definition);
    return;
  }
  for (uint64_t i = 0; i < span->length; i++)
    for (size_t child = 0; child < node->type->n_children; child++)
      add_nested(to, &node->children[child], &values->children[child], span->offset + i,
                 i == 0 ? repetition : node->repetition, node->definition + 1);
}

/* `above`: the level of what the node is in. */
static void add_nested(const struct appending *to, const struct node *node, const struct parquet_values *values,
                       uint64_t index, unsigned repetition, unsigned above)
{
  if (node->definition > above && !is_there(values, index)) {
    add_nothing(to, node, repetition, above);
    return;
  }
  switch (node->type->kind) {
  case PARQUET_STRUCT:
    for (size_t i = 0; i < node->type->n_children; i++)
      add_nested(to, &node->children[i], &values->children[i], index, repetition, node->definition);
    return;
  case PARQUET_LIST:
  case PARQUET_MAP:
    add_elements(to, node, values, index, repetition);
    return;
  default: {
    const struct leaf *leaf = &to->layout->leaves[node->first_leaf];
    add_level(&to->columns[node->first_leaf], leaf, repetition, node->definition);
    add_value(&to->columns[node->first_leaf], leaf, values->data, index);
  }
  }
}

static bool end_full_pages(const struct appending *to, const struct node *node, uint64_t row, struct error *err)
{
  for (size_t i = node->first_leaf; i < node->first_leaf + node->n_leaves; i++)
    if (column_is_full(&to->columns[i]))
      TRY(column_end_page(&to->columns[i], &to->layout->leaves[i], to->codec, row, err));
  return true;
}

static bool append_nested(const struct appending *to, const struct node *node, uint64_t first_row,
                          const struct parquet_values *values, const uint32_t *rows, size_t n_rows, struct error *err)
{
  for (size_t i = 0; i < n_rows; i++) {
    add_nested(to, node, values, rows[i], 0, 0);
    TRY(end_full_pages(to, node, first_row + i + 1, err));
  }
  return true;
}

/* A column that is a leaf: its level is whether it is there. */
static bool append_flat(const struct appending *to, size_t index, uint64_t first_row,
                        const struct parquet_values *values, const uint32_t *rows, size_t n_rows, struct error *err)
{
  const struct leaf *leaf = &to->layout->leaves[index];
  struct column *column = &to->columns[index];
  column_reserve_levels(column, leaf, n_rows);
  for (size_t i = 0; i < n_rows; i++) {
    bool is_value = is_there(values, rows[i]);
    column->definitions[column->n_levels++] = is_value;
    if (is_value)
      add_value(column, leaf, values->data, rows[i]);
    if (column_is_full(column)) {
      TRY(column_end_page(column, leaf, to->codec, first_row + i + 1, err));
      column_reserve_levels(column, leaf, n_rows - i - 1);
    }
  }
  return true;
}

bool append_rows(const struct parquet_layout *layout, struct column *columns, enum parquet_codec codec,
                 uint64_t first_row, const struct parquet_values *values, const uint32_t *rows, size_t n_rows,
                 struct error *err)
{
  struct appending to = { layout, columns, codec };
  for (size_t i = 0; i < layout->n_columns; i++) {
    const struct node *node = &layout->columns[i];
    bool is_leaf = node->children == NULL;
    TRY(is_leaf ? append_flat(&to, node->first_leaf, first_row, &values[i], rows, n_rows, err)
                : append_nested(&to, node, first_row, &values[i], rows, n_rows, err));
  }
  return true;
}
