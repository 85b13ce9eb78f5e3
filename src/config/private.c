/* Private columns: whose values people see as PRIVATE_MASK only. */
#include "config/dataset.h"

#include <ctype.h>

static bool is_in(const struct config_list *names, const char *name)
{
  for (size_t i = 0; i < names->count; i++)
    if (text_equal_nocase(text_from(names->items[i].value), text_from(name)))
      return true;
  return false;
}

bool dataset_is_private(const struct dataset *dataset, const char *column)
{
  return is_in(&dataset->private_columns, column);
}

static bool is_word(char c)
{
  return isalnum((unsigned char)c) != 0 || c == '_' || (unsigned char)c >= 0x80;
}

static bool mentions(struct text expression, struct text name)
{
  for (size_t at = 0; at + name.length <= expression.length; at++) {
    struct text part = { expression.data + at, name.length };
    size_t end = at + name.length;
    if (text_equal_nocase(part, name) && (at == 0 || !is_word(expression.data[at - 1])) &&
        (end == expression.length || !is_word(expression.data[end])))
      return true;
  }
  return false;
}

/* Whether the name of a private column is in it: its values may tell of that one's. */
static bool reads_private(const struct dataset *dataset, struct text expression)
{
  for (size_t i = 0; i < dataset->private_columns.count; i++)
    if (mentions(expression, text_from(dataset->private_columns.items[i].value)))
      return true;
  return false;
}

static bool is_renamed_to_private(const struct dataset *dataset, const struct config_rename *renames, size_t count,
                                  const char *name)
{
  for (size_t i = 0; i < count; i++)
    if (text_equal_nocase(text_from(renames[i].from.value), text_from(name)) &&
        dataset_is_private(dataset, renames[i].to.value))
      return true;
  return false;
}

/* Whether what people see under the name tells of a private column: a made one does, where its expression names a
 * private one or one that does so itself. */
static bool names_hidden(const struct dataset *dataset, struct text expression, const bool *is_hidden, size_t count)
{
  for (size_t i = 0; i < count; i++)
    if (is_hidden[i] && mentions(expression, text_from(dataset->columns[i].name.value)))
      return true;
  return reads_private(dataset, expression);
}

/* Of each column that standardization.columns makes; in the arena. */
static bool *find_hidden(struct arena *arena, const struct dataset *dataset)
{
  bool *is_hidden = arena_array(arena, dataset->n_columns + 1, sizeof(bool));
  for (size_t i = 0; i < dataset->n_columns; i++)
    is_hidden[i] = names_hidden(dataset, dataset->columns[i].expr.text, is_hidden, i);
  return is_hidden;
}

bool dataset_hides(const struct dataset *dataset, const char *column)
{
  if (dataset->private_columns.count == 0)
    return false;
  if (strcmp(column, "_raw_record") == 0 || dataset_is_private(dataset, column))
    return true;
  SCOPED(arena_done) struct arena scratch = { 0 };
  const bool *is_hidden = find_hidden(&scratch, dataset);
  for (size_t i = 0; i < dataset->n_columns; i++)
    if (is_hidden[i] && text_equal_nocase(text_from(dataset->columns[i].name.value), text_from(column)))
      return true;
  for (size_t i = 0; i < dataset->gold.n_add_columns; i++) {
    const struct config_add_column *added = &dataset->gold.add_columns[i];
    if (text_equal_nocase(text_from(added->name.value), text_from(column)) &&
        names_hidden(dataset, added->expr.text, is_hidden, dataset->n_columns))
      return true;
  }
  return false;
}

/* A source's own renames come first, the dataset's after them. */
bool dataset_is_private_source(const struct dataset *dataset, const char *name)
{
  if (dataset_is_private(dataset, name) || is_renamed_to_private(dataset, dataset->rename, dataset->n_rename, name))
    return true;
  for (size_t s = 0; s < dataset->n_sources; s++) {
    const struct source_config *source = &dataset->sources[s];
    for (size_t i = 0; i < source->n_rename; i++) {
      const char *to = source->rename[i].to.value;
      bool is_meant = text_equal_nocase(text_from(source->rename[i].from.value), text_from(name));
      if (is_meant &&
          (dataset_is_private(dataset, to) || is_renamed_to_private(dataset, dataset->rename, dataset->n_rename, to)))
        return true;
    }
  }
  return false;
}
