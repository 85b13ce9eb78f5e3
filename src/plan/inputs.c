/* From the paths of a source, as written, to the files that it reads: globs, lists, mounts, directories. */
#include "plan/plan_internal.h"

#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

void add_file(struct arena *arena, struct file_list *list, const struct plan_file *file)
{
  list->items = arena_grow(arena, list->items, list->count, &list->capacity, sizeof(*list->items));
  list->items[list->count++] = *file;
}

static void add_local(struct arena *arena, struct file_list *list, const char *path, const char *folders,
                      const struct stat *status)
{
  struct plan_file file = {
    .path = arena_copy(arena, path, strlen(path)),
    .bytes = (uint64_t)status->st_size,
    .modified_us = file_time_us(status->st_mtim),
    .changed_us = file_time_us(status->st_ctim),
    .device = (uint64_t)status->st_dev,
    .inode = (uint64_t)status->st_ino,
    .folders = folders,
  };
  add_file(arena, list, &file);
}

struct folder {
  const char *path;
  const char *inside; /* what absolute paths of its files begin with */
};

static struct folder folder_of(struct arena *arena, const char *path)
{
  return (struct folder){ path, path_join(arena, path_absolute(arena, path), "") };
}

/* Who may put a file into a folder must not make crisol read one that lies elsewhere: what was found in a folder, and
 * not named, has to be in it. */
static bool check_inside(const struct folder *folder, const char *path, struct place place, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  const char *target = path_absolute(&scratch, path);
  if (text_starts_with(text_from(target), text_from(folder->inside)))
    return true;
  fail(err, ERROR_ENVIRONMENT, place, "input \"%s\" is a symbolic link out of \"%s\", to \"%s\"", path, folder->path,
       target);
  return add_hint(err, "If it is meant, name that file in the path of the source.");
}

static int compare_paths(const void *a, const void *b)
{
  return strcmp(((const struct plan_file *)a)->path, ((const struct plan_file *)b)->path);
}

static bool add_regular(struct arena *arena, struct file_list *list, const char *path, const char *folders,
                        const struct stat *status, struct place place, struct error *err)
{
  if (!text_is_utf8(text_from(path))) { /* a file's name goes to columns and metadata, which hold text */
    fail(err, ERROR_ENVIRONMENT, place, "the name of input \"%s\" is not UTF-8 text", path);
    return add_hint(err, "Rename the file, or leave it out of the pattern.");
  }
  if (!S_ISREG(status->st_mode)) {
    fail(err, ERROR_ENVIRONMENT, place, "input \"%s\" is not a regular file", path);
    return add_hint(err, "A pipe or device cannot be read twice; write it to a file first.");
  }
  add_local(arena, list, path, folders, status);
  return true;
}

static bool fail_stat(const char *path, struct place place, struct error *err)
{
  return fail(err, ERROR_ENVIRONMENT, place, "could not read input \"%s\": %s", path, strerror(errno));
}

/* A folder that is read, and where in it the walk is: `folders` below it, NULL at its top. */
struct walk {
  struct folder top;
  const char *folders;
  size_t depth;
  struct place place;
};

static bool add_folder(struct arena *arena, struct file_list *list, struct walk walk, struct error *err);

static bool add_entry(struct arena *arena, struct file_list *list, const struct walk *walk, const char *name,
                      struct error *err)
{
  enum { DEEPEST = 64 };
  const char *folder = walk->folders == NULL ? walk->top.path : path_join(arena, walk->top.path, walk->folders);
  const char *path = path_join(arena, folder, name);
  struct stat status;
  if (name_is_no_data(text_from(name)))
    return true;
  if (stat(path, &status) != 0)
    return fail_stat(path, walk->place, err);
  if (!S_ISDIR(status.st_mode))
    return check_inside(&walk->top, path, walk->place, err) &&
           add_regular(arena, list, path, walk->folders, &status, walk->place, err);
  if (!list->takes_partitions || !partition_is_folder(text_from(name)))
    return true;
  if (walk->depth == DEEPEST)
    return fail(err, ERROR_ENVIRONMENT, walk->place, "folders of partitions over %d deep: \"%s\"", DEEPEST, path);
  struct walk below = { .top = walk->top, .depth = walk->depth + 1, .place = walk->place };
  below.folders = walk->folders == NULL ? arena_copy(arena, name, strlen(name)) : path_join(arena, walk->folders, name);
  return check_inside(&walk->top, path, walk->place, err) && add_folder(arena, list, below, err);
}

static bool add_folder(struct arena *arena, struct file_list *list, struct walk walk, struct error *err)
{
  const char *path = walk.folders == NULL ? walk.top.path : path_join(arena, walk.top.path, walk.folders);
  DIR *directory = opendir(path);
  if (directory == NULL)
    return fail(err, ERROR_ENVIRONMENT, walk.place, "could not list directory \"%s\": %s", path, strerror(errno));
  bool is_added = true;
  errno = 0;
  for (struct dirent *entry; is_added && (entry = readdir(directory)) != NULL; errno = 0)
    is_added = add_entry(arena, list, &walk, entry->d_name, err);
  if (is_added && errno != 0)
    is_added = fail(err, ERROR_ENVIRONMENT, walk.place, "could not list directory \"%s\": %s", path, strerror(errno));
  closedir(directory);
  return is_added;
}

/* Spark reads a directory's files, those of its partitions too, and leaves out what begins with "_" or ".". */
static bool add_directory(struct arena *arena, struct file_list *list, const char *path, struct place place,
                          struct error *err)
{
  size_t before = list->count;
  TRY(add_folder(arena, list, (struct walk){ .top = folder_of(arena, path), .place = place }, err));
  if (list->count > before)
    return true;
  fail(err, ERROR_ENVIRONMENT, place, "directory \"%s\" holds no file to read", path);
  return add_hint(err, "Name the files with a pattern, such as \"%s/*.csv\".", path);
}

static bool add_match(struct arena *arena, struct file_list *list, const char *path, struct place place,
                      struct error *err)
{
  struct stat status;
  if (stat(path, &status) != 0)
    return fail_stat(path, place, err);
  return S_ISDIR(status.st_mode) ? add_directory(arena, list, path, place, err)
                                 : add_regular(arena, list, path, NULL, &status, place, err);
}

/* What a pattern has matched. */
struct matches {
  struct arena *arena;
  struct file_list *list;
  struct folder folder; /* that it looks into */
  struct place place;
};

static bool take_match(const char *path, void *context, struct error *err)
{
  const struct matches *matches = context;
  return check_inside(&matches->folder, path, matches->place, err) &&
         add_match(matches->arena, matches->list, path, matches->place, err);
}

static bool add_path(struct arena *arena, const struct config *config, struct config_text path, struct file_list *list,
                     struct error *err)
{
  size_t names = 0, before = list->count;
  const char *local = config_find_pattern(arena, config, path, &names);
  if (path_is_remote(local))
    return add_objects(arena, config->s3, path, local, list, err);
  if (file_exists(local)) /* a name that holds * or [ itself */
    return add_match(arena, list, local, path.place, err);
  struct matches matches = { arena, list, folder_of(arena, pattern_folder(arena, local, names)), path.place };
  TRY(pattern_match(arena, local, names, path.place, take_match, &matches, err));
  if (list->count > before)
    return true;
  fail(err, ERROR_ENVIRONMENT, path.place, "no file matches \"%s\"", path.value);
  return strcmp(local, path.value) == 0 ? false : add_hint(err, "It was looked for as \"%s\".", local);
}

/* Silver is written where its path says, from the current directory, and all of its text is a name. */
static bool add_silver(struct arena *arena, const struct config *config, const struct source_config *source,
                       struct file_list *list, struct error *err)
{
  const struct config_text path = source->paths.items[0];
  const char *place = config_resolve(arena, &config->env, path);
  bool is_added = false;
  if (path_is_remote(place))
    is_added = add_objects(arena, config->s3, path, place, list, err);
  else if (path_is_directory(place))
    is_added = add_directory(arena, list, place, path.place, err);
  else
    fail(err, ERROR_ENVIRONMENT, path.place, "dataset \"%s\" has no silver yet: \"%s\" is not there",
         source->dataset.value, place);
  if (!is_added)
    err->hint[0] = '\0';
  return is_added ||
         add_hint(err, "Run dataset \"%s\" first: crisol run %s", source->dataset.value, source->upstream->path);
}

static bool find_files(struct arena *arena, const struct config *config, struct plan_source *source, struct error *err)
{
  struct file_list list = { .takes_partitions = source->config->format == SOURCE_PARQUET };
  for (size_t i = 0; i < source->config->paths.count; i++)
    TRY(source->config->upstream != NULL ? add_silver(arena, config, source->config, &list, err)
                                         : add_path(arena, config, source->config->paths.items[i], &list, err));
  if (list.count == 0) /* a source without a path was refused before */
    return true;
  qsort(list.items, list.count, sizeof(*list.items), compare_paths);
  size_t kept = 0;
  for (size_t i = 0; i < list.count; i++) /* two patterns may match one file: it is read once */
    if (kept == 0 || strcmp(list.items[kept - 1].path, list.items[i].path) != 0)
      list.items[kept++] = list.items[i];
  source->files = list.items;
  source->n_files = inputs_leave_out_same(arena, source->files, kept);
  return partitions_read(arena, source, err);
}

/* All files of all sources, one after another. */
static void list_files(struct plan *plan)
{
  plan->n_files = 0;
  for (size_t i = 0; i < plan->n_sources; i++) {
    plan->sources[i].first_file = (uint32_t)plan->n_files;
    if (plan->sources[i].n_files > 0)
      memcpy(plan->files + plan->n_files, plan->sources[i].files, plan->sources[i].n_files * sizeof(*plan->files));
    plan->n_files += plan->sources[i].n_files;
  }
}

void plan_keep_files(struct arena *arena, struct plan *plan,
                     bool (*keeps)(const struct plan_source *source, const struct plan_file *file, void *context),
                     void *context)
{
  for (size_t i = 0; i < plan->n_sources; i++) {
    struct plan_source *source = &plan->sources[i];
    size_t kept = 0;
    struct plan_file *last = source->n_files == 0 ? NULL : arena_alloc(arena, sizeof(*last));
    if (last != NULL)
      *last = source->files[source->n_files - 1];
    for (size_t f = 0; f < source->n_files; f++)
      if (keeps(source, &source->files[f], context))
        source->files[kept++] = source->files[f];
    source->n_files = kept;
    source->model = kept == 0 ? last : NULL;
  }
  list_files(plan);
}

bool plan_inputs(struct arena *arena, const struct config *config, struct plan *ret_plan, struct error *err)
{
  struct plan *plan = ret_plan;
  *plan = (struct plan){ .config = config, .dataset = config->dataset, .n_sources = config->dataset->n_sources };
  plan->sources = arena_array(arena, plan->n_sources, sizeof(*plan->sources));
  for (size_t i = 0; i < plan->n_sources; i++) {
    plan->sources[i].config = &config->dataset->sources[i];
    TRY(find_files(arena, config, &plan->sources[i], err));
    plan->n_files += plan->sources[i].n_files;
  }
  plan->files = arena_array(arena, plan->n_files, sizeof(*plan->files));
  list_files(plan);
  inputs_leave_out_shared(arena, plan);
  return true;
}

void plan_take_kept(struct arena *arena, const struct config *config, const struct plan_kept_files *kept,
                    struct plan *ret_plan)
{
  struct plan *plan = ret_plan;
  struct plan_file *next = kept->files;
  *plan = (struct plan){ .config = config, .dataset = config->dataset, .n_sources = config->dataset->n_sources };
  plan->sources = arena_array(arena, plan->n_sources, sizeof(*plan->sources));
  for (size_t i = 0; i < plan->n_sources; i++) {
    plan->sources[i] = (struct plan_source){ .config = &config->dataset->sources[i],
                                             .files = next,
                                             .n_files = kept->counts[i],
                                             .known_columns = kept->columns[i],
                                             .n_known_columns = kept->n_columns[i] };
    next += kept->counts[i];
    plan->n_files += kept->counts[i];
  }
  plan->files = arena_array(arena, plan->n_files, sizeof(*plan->files));
  list_files(plan);
}
