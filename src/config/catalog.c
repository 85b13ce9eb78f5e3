#include "config/catalog.h"

#include "base/file.h"
#include "config/tables.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

/* what a file holds */

static struct node *parse(struct arena *arena, const char *path, struct source **ret_source,
                          struct problem_list *problems, bool *ret_is_there)
{
  struct text text;
  struct error err;
  *ret_is_there = file_exists(path);
  if (!file_read(arena, path, CONFIG_FILE_LIMIT, ERROR_CONFIG, &text, &err)) {
    problem_add(problems, &err, false);
    return NULL;
  }
  *ret_source = arena_alloc(arena, sizeof(**ret_source));
  **ret_source = (struct source){ .name = path, .text = text, .may_hold_secrets = true };
  return node_parse(arena, *ret_source, problems);
}

/* Whether a line of the text begins with the key. */
static bool has_line(struct text text, const char *key)
{
  size_t length = strlen(key);
  for (size_t at = 0; at + length < text.length;) {
    if (strncmp(text.data + at, key, length) == 0 && text.data[at + length] == ':')
      return true;
    const char *end = memchr(text.data + at, '\n', text.length - at);
    if (end == NULL)
      return false;
    at = (size_t)(end - text.data) + 1;
  }
  return false;
}

static bool is_dataset_node(const struct node *root)
{
  return node_find(root, "id") != NULL && node_find(root, "output") != NULL;
}

/* A text that is no YAML (any more) but would be a dataset. */
static bool seems_dataset(const struct source *source)
{
  return source != NULL && has_line(source->text, "id") && has_line(source->text, "output");
}

static bool has_key_of(const struct node *root, const struct key_table *table)
{
  for (size_t i = 0; i < table->n_keys; i++)
    if (node_find(root, table->keys[i].name) != NULL)
      return true;
  return false;
}

/* database.yml has a mapping for each environment, with keys of a database in it. */
static bool is_database_node(const struct node *root)
{
  for (size_t i = 0; i < root->n_entries; i++)
    if (root->entries[i].value->kind == NODE_MAPPING && has_key_of(root->entries[i].value, &database_table))
      return true;
  return false;
}

enum config_kind config_kind_of(struct arena *arena, const char *path)
{
  struct problem_list ignored = { .arena = arena };
  struct source *source = NULL;
  bool is_there = false;
  const struct node *root = parse(arena, path, &source, &ignored, &is_there);
  if (!is_there)
    return CONFIG_ABSENT;
  if (root == NULL || root->kind != NODE_MAPPING)
    return seems_dataset(source) ? CONFIG_DATASET : CONFIG_BROKEN;
  if (is_dataset_node(root))
    return CONFIG_DATASET;
  if (root->n_entries == 0)
    return CONFIG_EMPTY;
  bool is_environment = has_key_of(root, &environment_table), is_database = is_database_node(root);
  if (is_environment != is_database)
    return is_environment ? CONFIG_ENVIRONMENT : CONFIG_DATABASE;
  bool belongs = has_key_of(root, &expectations_table) || node_find(root, "cases") != NULL;
  return !is_environment && belongs ? CONFIG_BELONGING : CONFIG_OTHER;
}

/* entries */

static struct config_text text_of(const struct node *node)
{
  bool is_text = node != NULL && node->kind == NODE_SCALAR;
  return (struct config_text){ .value = is_text ? node->value : NULL, .place = node == NULL ? NOWHERE : node->place };
}

static void add_reference(struct catalog_entry *entry, const struct node *source)
{
  struct config_text name = text_of(node_find(source, "dataset"));
  if (name.value == NULL)
    return;
  entry->references[entry->n_references++] = (struct catalog_reference){ .name = name, .entry = CATALOG_NONE };
}

static void read_references(struct catalog *catalog, struct catalog_entry *entry, const struct node *root)
{
  const struct node *list = node_find(root, "sources");
  size_t count = list != NULL && list->kind == NODE_SEQUENCE ? list->n_items : 0;
  entry->references = arena_array(catalog->arena, count + 1, sizeof(*entry->references));
  add_reference(entry, node_find(root, "source"));
  for (size_t i = 0; i < count; i++)
    add_reference(entry, list->items[i]);
}

/* A local path without links; in an object store, as it is written. */
static void read_lake(struct catalog *catalog, struct catalog_entry *entry, const struct node *root)
{
  const struct node *output = node_find(root, "output");
  const struct node *silver = output == NULL ? NULL : node_find(output, "silver");
  struct config_text mode = text_of(silver == NULL ? NULL : node_find(silver, "mode"));
  entry->lake = text_of(silver == NULL ? NULL : node_find(silver, "path"));
  entry->replaces_lake = mode.value != NULL && strcmp(mode.value, "overwrite") == 0;
  if (entry->lake.value != NULL && strstr(entry->lake.value, "://") == NULL)
    entry->lake.value = path_absolute(catalog->arena, entry->lake.value);
}

static void read_tags(struct catalog *catalog, struct catalog_entry *entry, const struct node *root)
{
  struct problem_list ignored = { .arena = catalog->arena };
  struct reading reading = { .arena = catalog->arena, .problems = &ignored };
  const struct node *tags = node_find(root, "tags");
  if (tags != NULL && !node_is_null(tags) && !read_list(&reading, tags, "tags", &entry->tags))
    entry->tags.count = 0; /* which is told when the file is loaded */
}

static bool is_added(const struct catalog *catalog, const char *absolute)
{
  for (size_t i = 0; i < catalog->count; i++)
    if (strcmp(catalog->entries[i].absolute, absolute) == 0)
      return true;
  return false;
}

enum adding { ADD_ANYWAY, ADD_DATASETS, ADD_BESIDE };

/* False where a problem was added. */
static bool add_entry(struct catalog *catalog, const char *path, enum adding how, struct problem_list *problems)
{
  struct arena *arena = catalog->arena;
  struct problem_list own = { .arena = arena };
  struct source *source = NULL;
  bool is_there = false;
  const char *absolute = path_absolute(arena, path);
  if (is_added(catalog, absolute))
    return true;
  struct node *root = parse(arena, path, &source, &own, &is_there);
  bool is_mapping = root != NULL && root->kind == NODE_MAPPING;
  if (how != ADD_ANYWAY && !(is_mapping ? is_dataset_node(root) : seems_dataset(source)))
    return true;
  if (!is_mapping && how == ADD_BESIDE)
    return true;
  if (!is_mapping && how == ADD_DATASETS) {
    for (size_t i = 0; i < own.count; i++)
      problem_add(problems, &own.items[i]->error, own.items[i]->is_warning);
    return problem_count_errors(&own) == 0;
  }
  for (size_t i = 0; is_mapping && how != ADD_BESIDE && i < catalog->n_overrides; i++)
    node_override(arena, root, catalog->overrides[i], &own);
  catalog->entries = arena_grow(arena, catalog->entries, catalog->count, &catalog->capacity, sizeof(*catalog->entries));
  struct catalog_entry *entry = &catalog->entries[catalog->count++];
  *entry = (struct catalog_entry){
    .path = arena_copy(arena, path, strlen(path)),
    .absolute = absolute,
    .directory = path_directory(arena, absolute),
    .id = text_of(node_find(root, "id")),
    .is_given = how != ADD_BESIDE,
    .is_reached = how != ADD_BESIDE,
  };
  if (entry->id.value == NULL) /* which is told when it is loaded; until then it is called by its path */
    entry->id.value = entry->path;
  read_lake(catalog, entry, root);
  read_references(catalog, entry, root);
  read_tags(catalog, entry, root);
  return true;
}

bool catalog_add_file(struct catalog *catalog, const char *path, struct problem_list *problems)
{
  return add_entry(catalog, path, ADD_ANYWAY, problems);
}

/* folders */

struct file_names {
  const char **items;
  size_t count, capacity;
};

static bool fail_listing(const char *path, struct problem_list *problems)
{
  struct error err;
  fail(&err, ERROR_CONFIG, NOWHERE, "could not list directory \"%s\": %s", path, strerror(errno));
  problem_add(problems, &err, false);
  return false;
}

static bool is_yaml(const char *name)
{
  return text_ends_with(text_from(name), TEXT(".yml")) || text_ends_with(text_from(name), TEXT(".yaml"));
}

/* Links to files are followed, as a mounted configuration has them; links to folders may lead in a circle. */
static bool list_folder(struct catalog *catalog, const char *path, bool goes_deeper, struct file_names *names,
                        struct file_names *folders, struct problem_list *problems)
{
  DIR *directory = opendir(path);
  if (directory == NULL)
    return fail_listing(path, problems);
  errno = 0;
  for (struct dirent *entry; (entry = readdir(directory)) != NULL; errno = 0) {
    struct stat status;
    if (entry->d_name[0] == '.')
      continue;
    const char *below = path_join(catalog->arena, path, entry->d_name);
    struct file_names *list = NULL;
    if (lstat(below, &status) == 0 && S_ISDIR(status.st_mode))
      list = goes_deeper ? folders : NULL;
    else if (is_yaml(entry->d_name) && stat(below, &status) == 0 && S_ISREG(status.st_mode))
      list = names;
    if (list == NULL)
      continue;
    list->items = arena_grow(catalog->arena, list->items, list->count, &list->capacity, sizeof(char *));
    list->items[list->count++] = below;
  }
  bool is_listed = errno == 0 || fail_listing(path, problems);
  closedir(directory);
  return is_listed;
}

bool catalog_add_folder(struct catalog *catalog, const char *path, struct problem_list *problems)
{
  struct file_names names = { 0 }, folders = { 0 };
  bool is_sound = list_folder(catalog, path, true, &names, &folders, problems);
  for (size_t i = 0; i < folders.count; i++)
    is_sound = list_folder(catalog, folders.items[i], true, &names, &folders, problems) && is_sound;
  if (names.count > 0)
    qsort(names.items, names.count, sizeof(char *), compare_strings);
  for (size_t i = 0; i < names.count; i++)
    is_sound = add_entry(catalog, names.items[i], ADD_DATASETS, problems) && is_sound;
  return is_sound;
}

/* references */

/* The files beside one, which nobody has given: looked at once a directory. */
static void search_beside(struct catalog *catalog, const char *directory)
{
  struct problem_list ignored = { .arena = catalog->arena };
  struct file_names names = { 0 };
  for (size_t i = 0; i < catalog->n_searched; i++)
    if (strcmp(catalog->searched[i], directory) == 0)
      return;
  catalog->searched =
      arena_grow(catalog->arena, catalog->searched, catalog->n_searched, &catalog->searched_capacity, sizeof(char *));
  catalog->searched[catalog->n_searched++] = directory;
  if (!list_folder(catalog, directory, false, &names, NULL, &ignored) || names.count == 0)
    return;
  qsort(names.items, names.count, sizeof(char *), compare_strings);
  for (size_t i = 0; i < names.count; i++)
    if (!add_entry(catalog, names.items[i], ADD_BESIDE, &ignored))
      return;
}

static size_t find_given(const struct catalog *catalog, const char *name)
{
  for (size_t i = 0; i < catalog->count; i++)
    if (catalog->entries[i].is_given && catalog->entries[i].id.value != NULL &&
        strcmp(catalog->entries[i].id.value, name) == 0)
      return i;
  return CATALOG_NONE;
}

/* The first of that name from `start` on in a directory. */
static size_t find_beside(const struct catalog *catalog, const char *directory, const char *name, size_t start)
{
  for (size_t i = start; i < catalog->count; i++)
    if (catalog->entries[i].id.value != NULL && strcmp(catalog->entries[i].id.value, name) == 0 &&
        strcmp(catalog->entries[i].directory, directory) == 0)
      return i;
  return CATALOG_NONE;
}

static void report_unknown(const struct catalog *catalog, const char *directory, struct config_text name,
                           struct problem_list *problems)
{
  const char **names = arena_array(catalog->arena, catalog->count + 1, sizeof(char *));
  size_t count = 0;
  for (size_t i = 0; i < catalog->count; i++)
    if (catalog->entries[i].id.value != NULL &&
        (catalog->entries[i].is_given || strcmp(catalog->entries[i].directory, directory) == 0))
      names[count++] = catalog->entries[i].id.value;
  struct problem *problem = problem_at(problems, name.place, "there is no dataset \"%s\"", name.value);
  if (count > 0)
    add_hint_of_names(&problem->error, "dataset", text_from(name.value), names, count);
  else
    add_hint(&problem->error, "It is looked for among the files of the command, then beside this one.");
}

static size_t resolve(struct catalog *catalog, const char *directory, struct config_text name,
                      struct problem_list *problems)
{
  size_t found = find_given(catalog, name.value);
  if (found != CATALOG_NONE)
    return found;
  search_beside(catalog, directory);
  found = find_beside(catalog, directory, name.value, 0);
  if (found == CATALOG_NONE) {
    report_unknown(catalog, directory, name, problems);
    return CATALOG_NONE;
  }
  size_t other = find_beside(catalog, directory, name.value, found + 1);
  if (other == CATALOG_NONE)
    return found;
  struct problem *problem =
      problem_at(problems, name.place, "two datasets beside this file have the id \"%s\"", name.value);
  add_hint(&problem->error, "They are \"%s\" and \"%s\".", catalog->entries[found].path, catalog->entries[other].path);
  return CATALOG_NONE;
}

const struct catalog_entry *catalog_resolve(struct catalog *catalog, const char *path, struct config_text name,
                                            struct problem_list *problems)
{
  const char *directory = path_directory(catalog->arena, path_absolute(catalog->arena, path));
  size_t found = resolve(catalog, directory, name, problems);
  return found == CATALOG_NONE ? NULL : &catalog->entries[found];
}

static const char *place_text(const struct catalog *catalog, struct place place)
{
  size_t line, column;
  place_position(place, &line, &column);
  return arena_printf(catalog->arena, "%s:%zu:%zu", place.source->name, line, column);
}

static void check_ids(const struct catalog *catalog, struct problem_list *problems)
{
  for (size_t i = 0; i < catalog->count; i++) {
    const struct catalog_entry *entry = &catalog->entries[i];
    size_t first = entry->is_given && entry->id.value != NULL ? find_given(catalog, entry->id.value) : i;
    if (first == i)
      continue;
    struct problem *problem = problem_at(problems, entry->id.place, "two datasets have the id \"%s\"", entry->id.value);
    add_hint(&problem->error, "The other one is at %s.", place_text(catalog, catalog->entries[first].id.place));
  }
}

/* A lake that is replaced as a whole has the rows of the dataset alone that ran last. */
static void check_lakes(const struct catalog *catalog, struct problem_list *problems)
{
  for (size_t i = 0; i < catalog->count; i++)
    for (size_t first = 0; first < i; first++) {
      const struct catalog_entry *a = &catalog->entries[first], *b = &catalog->entries[i];
      if (!a->is_given || !b->is_given || a->lake.value == NULL || b->lake.value == NULL ||
          (!a->replaces_lake && !b->replaces_lake) || strcmp(a->lake.value, b->lake.value) != 0)
        continue;
      struct problem *problem = problem_at(problems, b->lake.place,
                                           "datasets \"%s\" and \"%s\" write the same lake, and silver.mode: "
                                           "overwrite replaces the other one's rows",
                                           a->id.value, b->id.value);
      add_hint(&problem->error, "Give each a path of its own; the other one's is at %s.",
               place_text(catalog, a->lake.place));
    }
}

/* circles */

/* The first reference of an entry that leads to one which is not settled. */
static const struct catalog_reference *next_open(const struct catalog *catalog, size_t entry, const bool *settled)
{
  for (size_t r = 0; r < catalog->entries[entry].n_references; r++) {
    const struct catalog_reference *reference = &catalog->entries[entry].references[r];
    if (reference->entry != CATALOG_NONE && !settled[reference->entry])
      return reference;
  }
  return NULL;
}

/* Settles every entry all whose references are settled; what is left reads, in the end, itself. An entry waits for the
 * first of its references that is open. */
static void settle(const struct catalog *catalog, bool *settled)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  size_t *next = arena_array(&scratch, catalog->count + 1, sizeof(*next));       /* of those that wait for the same */
  size_t *waiting = arena_array(&scratch, catalog->count + 1, sizeof(*waiting)); /* the first that waits, and one */
  size_t *stack = arena_array(&scratch, catalog->count + 1, sizeof(*stack));
  size_t depth = 0;
  for (size_t i = 0; i < catalog->count; i++)
    if (!settled[i])
      stack[depth++] = i;
  while (depth > 0) {
    size_t entry = stack[--depth];
    const struct catalog_reference *open = next_open(catalog, entry, settled);
    if (open != NULL) {
      next[entry] = waiting[open->entry];
      waiting[open->entry] = entry + 1;
      continue;
    }
    settled[entry] = true;
    for (size_t waiter = waiting[entry]; waiter > 0; waiter = next[waiter - 1])
      stack[depth++] = waiter - 1;
    waiting[entry] = 0;
  }
}

/* From an entry that is not settled: its open references lead into a circle. */
static void report_circle(const struct catalog *catalog, size_t start, bool *settled, struct problem_list *problems)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  SCOPED(text_buffer_done) struct text_buffer path = { 0 };
  bool *seen = arena_array(&scratch, catalog->count + 1, sizeof(*seen));
  size_t entry = start;
  const struct catalog_reference *reference = NULL;
  while (!seen[entry] && (reference = next_open(catalog, entry, settled)) != NULL) {
    seen[entry] = true;
    entry = reference->entry;
  }
  size_t first = entry;
  struct place place = NOWHERE;
  while ((reference = next_open(catalog, entry, settled)) != NULL) {
    if (entry == first)
      place = reference->name.place;
    text_buffer_printf(&path, "%s (%s) -> ", catalog->entries[entry].id.value,
                       place_text(catalog, reference->name.place));
    entry = reference->entry;
    if (entry == first)
      break;
  }
  struct problem *problem = problem_at(problems, place, "datasets read each other in a circle: %s%s", path.data,
                                       catalog->entries[first].id.value);
  add_hint(&problem->error, "One of them has to read something else.");
  settled[first] = true; /* another circle may be left */
}

static void check_circles(const struct catalog *catalog, struct problem_list *problems)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  bool *settled = arena_array(&scratch, catalog->count + 1, sizeof(*settled));
  for (size_t i = 0; i < catalog->count; i++)
    settled[i] = !catalog->entries[i].is_reached;
  settle(catalog, settled);
  for (size_t i = 0; i < catalog->count; i++) {
    if (settled[i])
      continue;
    report_circle(catalog, i, settled, problems);
    settle(catalog, settled);
  }
}

bool catalog_link(struct catalog *catalog, struct problem_list *problems)
{
  size_t before = problem_count_errors(problems);
  check_ids(catalog, problems);
  check_lakes(catalog, problems);
  bool has_more = true;
  while (has_more) { /* what lies beside may be found to the end of the list, or before */
    has_more = false;
    for (size_t i = 0; i < catalog->count; i++) {
      for (size_t r = 0; catalog->entries[i].is_reached && r < catalog->entries[i].n_references; r++) {
        struct catalog_reference *reference = &catalog->entries[i].references[r];
        if (reference->entry != CATALOG_NONE)
          continue;
        size_t found = resolve(catalog, catalog->entries[i].directory, reference->name, problems);
        if (found == CATALOG_NONE)
          continue;
        catalog->entries[i].references[r].entry = found;
        has_more = has_more || !catalog->entries[found].is_reached;
        catalog->entries[found].is_reached = true;
      }
    }
  }
  check_circles(catalog, problems);
  return problem_count_errors(problems) == before;
}
