/* Hive partitions of a source: the folders "year=2024/month=01" that its files lie in are columns of text. */
#include "plan/plan_internal.h"

bool partition_may_be_empty(const struct plan_partition *partition)
{
  enum type_id id = expr_type(partition->expr)->id;
  return id == TYPE_STRING || id == TYPE_BINARY;
}

bool partition_is_folder(struct text name)
{
  const char *equals = name.length == 0 ? NULL : memchr(name.data, '=', name.length);
  return equals != NULL && equals > name.data && name.data[0] != '.' && name.data[0] != '_';
}

/* As Hive escapes: "%2F" is a slash; a percent sign that begins no such thing is itself. */
static char *unescape(struct arena *arena, struct text text)
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
  return text_copy(arena, text_buffer_text(&out));
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
    const char *name = unescape(arena, (struct text){ folder.data, name_length });
    if (source->partition_names[i] == NULL)
      source->partition_names[i] = name;
    if (strcmp(source->partition_names[i], name) != 0)
      return fail_layout(source, file, err);
    file->partition_values[i] = text_equal(value, TEXT(HIVE_NULL_PARTITION)) ? NULL : unescape(arena, value);
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
