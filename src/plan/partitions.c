/* Hive partitions of a source: the folders "year=2024/month=01" that its files lie in are columns of text. */
#include "plan/plan_internal.h"

bool partition_may_be_empty(const struct plan_partition *partition)
{
  enum type_id id = expr_type(partition->expr)->id;
  return id == TYPE_STRING || id == TYPE_BINARY;
}

bool plan_is_partition_column(const struct plan *plan, size_t column)
{
  for (size_t i = 0; i < plan->n_partitions; i++)
    if (plan->partitions[i].column == (int)column)
      return true;
  return false;
}

bool plan_is_stored(const struct plan *plan, size_t column)
{
  return column < plan->n_named && !plan->columns[column].is_dropped && !plan_is_partition_column(plan, column);
}

bool partition_is_folder(struct text name)
{
  const char *equals = name.length == 0 ? NULL : memchr(name.data, '=', name.length);
  return equals != NULL && equals > name.data && !name_is_no_data(name);
}

/* As Hive escapes: "%2F" is a slash; a percent sign that begins no such thing is itself. */
static struct text unescape(struct arena *arena, struct text text)
{
  SCOPED(text_buffer_done) struct text_buffer out = { 0 };
  for (size_t i = 0; i < text.length; i++) {
    bool is_escape = text.data[i] == '%' && i + 2 < text.length && hex_digit(text.data[i + 1]) >= 0 &&
                     hex_digit(text.data[i + 2]) >= 0;
    if (is_escape)
      text_buffer_add_char(&out, (char)(hex_digit(text.data[i + 1]) * 16 + hex_digit(text.data[i + 2])));
    else
      text_buffer_add_char(&out, text.data[i]);
    i += is_escape ? 2 : 0;
  }
  return (struct text){ text_copy(arena, text_buffer_text(&out)), out.length };
}

/* Cuts the first folder off. */
static struct text next_folder(const char **folders)
{
  struct text folder = { *folders, strcspn(*folders, "/") };
  *folders += folder.length + ((*folders)[folder.length] == '/');
  return folder;
}

static size_t count_folders(const char *folders)
{
  size_t count = 0;
  while (folders != NULL && folders[0] != '\0') {
    next_folder(&folders);
    count++;
  }
  return count;
}

static bool fail_layout(const struct plan_source *source, const struct plan_file *file, struct error *err)
{
  fail(err, ERROR_ENVIRONMENT, source->config->place, "\"%s\" and \"%s\" do not lie in folders of the same names",
       source->files[0].path, file->path);
  return add_hint(err, "Name the files with a pattern; their folders are then no columns.");
}

static bool fail_folder(const struct plan_source *source, const struct plan_file *file, struct text folder,
                        const char *what, struct error *err)
{
  fail(err, ERROR_ENVIRONMENT, source->config->place, "the folder \"%.*s\" of \"%s\" %s", TEXT_ARGS(folder), file->path,
       what);
  return add_hint(err, "Rename the folder, or name the files with a pattern; their folders are then no columns.");
}

/* Column i, called by the folder. */
static bool read_name(struct arena *arena, struct plan_source *source, const struct plan_file *file, size_t i,
                      struct text folder, struct text name, struct error *err)
{
  if (!text_is_utf8(name) || memchr(name.data, '\0', name.length) != NULL)
    return fail_folder(source, file, folder, "names a column by bytes that are no text", err);
  if (source->partition_names[i] == NULL)
    source->partition_names[i] = text_copy(arena, name);
  for (size_t other = 0; other < i; other++)
    if (text_equal_nocase(text_from(source->partition_names[other]), name))
      return fail_folder(source, file, folder, "names a column that a folder above it has named", err);
  return text_equal(text_from(source->partition_names[i]), name) || fail_layout(source, file, err);
}

static bool read_file(struct arena *arena, struct plan_source *source, struct plan_file *file, struct error *err)
{
  const char *folders = file->folders;
  if (count_folders(folders) != source->n_partition_names)
    return fail_layout(source, file, err);
  file->partition_values = arena_array(arena, source->n_partition_names + 1, sizeof(*file->partition_values));
  for (size_t i = 0; i < source->n_partition_names; i++) {
    struct text folder = next_folder(&folders);
    size_t name_length = (size_t)((const char *)memchr(folder.data, '=', folder.length) - folder.data);
    struct text value = { folder.data + name_length + 1, folder.length - name_length - 1 };
    TRY(read_name(arena, source, file, i, folder, unescape(arena, (struct text){ folder.data, name_length }), err));
    if (text_equal(value, TEXT(HIVE_NULL_PARTITION)))
      continue;
    file->partition_values[i] = unescape(arena, value);
    if (!text_is_utf8(file->partition_values[i]))
      return fail_folder(source, file, folder, "holds a value that is no UTF-8 text", err);
  }
  return true;
}

bool partitions_read(struct arena *arena, struct plan_source *source, struct error *err)
{
  if (source->n_files == 0)
    return true;
  source->n_partition_names = count_folders(source->files[0].folders);
  source->partition_names = arena_array(arena, source->n_partition_names + 1, sizeof(*source->partition_names));
  for (size_t i = 0; i < source->n_files; i++)
    TRY(read_file(arena, source, &source->files[i], err));
  return true;
}

static void add_folder_column(struct plan_source *source, size_t number)
{
  size_t i = 0;
  const char *name = source->partition_names[number];
  while (i < source->n_columns && !text_equal_nocase(text_from(source->columns[i].name), text_from(name)))
    i++;
  source->columns[i] =
      (struct source_column){ .name = name, .type = type_simple(TYPE_STRING), .partition = number + 1 };
  source->n_columns += i == source->n_columns;
}

/* The silver of another dataset is its rows: neither what crisol adds to them, nor the parts of a date that only name
 * folders. The folders of a column have its values as text: it gets its type again. */
static void make_silver(const struct dataset *upstream, struct source_column *column)
{
  column->is_left_out = strcmp(column->name, "_run_id") == 0 || strcmp(column->name, "_ingestion_ts") == 0 ||
                        (column->partition > 0 && dataset_derives_partition(upstream, column->name));
  const struct type *type = column->partition > 0 ? dataset_declared_type(upstream, column->name) : NULL;
  if (type != NULL && type->id != TYPE_STRING)
    column->inferred = type;
}

void plan_add_folder_columns(struct plan_source *source)
{
  for (size_t i = 0; i < source->n_partition_names; i++)
    add_folder_column(source, i);
  for (size_t i = 0; source->config->upstream != NULL && i < source->n_columns; i++)
    make_silver(source->config->upstream, &source->columns[i]);
}
