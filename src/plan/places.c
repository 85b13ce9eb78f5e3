/* Where a run writes must not hold, or lie in, where it reads or writes something else: a lake that is replaced would
 * take it along. Places are compared by what they are: without links, and directories by their inodes, so that a
 * mount or a file system without case hides nothing. */
#include "plan/plan_internal.h"

#include "base/file.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum place_kind {
  PLACE_SILVER,
  PLACE_SILVER_STAGING,
  PLACE_QUARANTINE,
  PLACE_QUARANTINE_STAGING,
  PLACE_STATE,
  PLACE_TEMPORARY,
  PLACE_DATABASE,
  PLACE_CONFIG,
  PLACE_INPUT,
  PLACE_HERE,
  PLACE_HOME,
};

#define IN(kind) (1u << (kind))

/* What may not lie in what. */
static const struct {
  const char *name;
  unsigned must_not_hold;
} kinds[] = {
  [PLACE_SILVER] = { "silver path", IN(PLACE_QUARANTINE) | IN(PLACE_STATE) | IN(PLACE_TEMPORARY) | IN(PLACE_DATABASE) |
                                        IN(PLACE_CONFIG) | IN(PLACE_INPUT) | IN(PLACE_HERE) | IN(PLACE_HOME) },
  [PLACE_SILVER_STAGING] = { "staging place of silver", IN(PLACE_QUARANTINE) | IN(PLACE_STATE) | IN(PLACE_TEMPORARY) |
                                                            IN(PLACE_DATABASE) | IN(PLACE_CONFIG) | IN(PLACE_INPUT) },
  [PLACE_QUARANTINE] = { "quarantine", IN(PLACE_SILVER) | IN(PLACE_STATE) | IN(PLACE_TEMPORARY) | IN(PLACE_DATABASE) |
                                           IN(PLACE_INPUT) },
  [PLACE_QUARANTINE_STAGING] = { "staging place of the quarantine", IN(PLACE_SILVER) | IN(PLACE_STATE) |
                                                                        IN(PLACE_TEMPORARY) | IN(PLACE_DATABASE) |
                                                                        IN(PLACE_CONFIG) | IN(PLACE_INPUT) },
  [PLACE_STATE] = { "state directory", IN(PLACE_SILVER) | IN(PLACE_QUARANTINE) | IN(PLACE_DATABASE) | IN(PLACE_INPUT) },
  [PLACE_TEMPORARY] = { "duckdb.temp_directory", 0 },
  [PLACE_DATABASE] = { "DuckDB file", IN(PLACE_SILVER) | IN(PLACE_QUARANTINE) | IN(PLACE_STATE) | IN(PLACE_TEMPORARY) |
                                          IN(PLACE_INPUT) | IN(PLACE_CONFIG) },
  [PLACE_CONFIG] = { "configuration file", 0 },
  [PLACE_INPUT] = { "input file", 0 },
  [PLACE_HERE] = { "current directory", 0 },
  [PLACE_HOME] = { "home directory", 0 },
};

struct output_place {
  enum place_kind kind;
  const char *path; /* absolute */
  struct place written;
};

enum { PLACES_MOST = 64 };

struct places {
  struct arena *arena;
  const struct plan *plan;
  struct problem_list *problems;
  struct output_place items[PLACES_MOST];
  size_t count;
};

static void add_place(struct places *places, enum place_kind kind, const char *path, struct place written)
{
  if (path != NULL && places->count < PLACES_MOST)
    places->items[places->count++] = (struct output_place){ kind, path, written };
}

/* what lies in what */

static bool is_below(const char *path, const char *directory)
{
  size_t length = strlen(directory);
  if (strcmp(directory, "/") == 0)
    return path[0] == '/';
  return strncmp(path, directory, length) == 0 && (path[length] == '\0' || path[length] == '/');
}

static bool is_same_file(const struct stat *a, const char *path)
{
  struct stat b;
  return stat(path, &b) == 0 && a->st_dev == b.st_dev && a->st_ino == b.st_ino;
}

static bool is_within(const char *path, const char *directory)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct stat status;
  if (is_below(path, directory))
    return true;
  if (path_is_remote(path) || path_is_remote(directory) || stat(directory, &status) != 0)
    return false;
  for (const char *at = path;; at = path_directory(&scratch, at)) {
    if (is_same_file(&status, at))
      return true;
    if (strcmp(at, "/") == 0 || strcmp(at, ".") == 0)
      return false;
  }
}

/* The quarantine's usual place is in the state directory, in a folder that nothing else is in. */
static bool is_usual_quarantine(const struct places *places, const struct output_place *inner,
                                const struct output_place *outer)
{
  const char *usual = path_join(places->arena, outer->path, "quarantine");
  return inner->kind == PLACE_QUARANTINE && outer->kind == PLACE_STATE && is_below(inner->path, usual) &&
         strcmp(inner->path, usual) != 0;
}

static bool is_refused(const struct places *places, const struct output_place *inner, const struct output_place *outer)
{
  bool is_appended = places->plan->dataset->silver.mode == SILVER_APPEND;
  if ((kinds[outer->kind].must_not_hold & IN(inner->kind)) == 0)
    return false;
  if (inner->kind == PLACE_CONFIG && outer->kind == PLACE_SILVER && is_appended)
    return false; /* nothing that lies there goes */
  return is_within(inner->path, outer->path) && !is_usual_quarantine(places, inner, outer);
}

static void refuse(const struct places *places, const struct output_place *inner, const struct output_place *outer)
{
  struct place written = outer->written.source != NULL   ? outer->written
                         : inner->written.source != NULL ? inner->written
                                                         : places->plan->dataset->silver.path.place;
  const char *inner_name = kinds[inner->kind].name, *outer_name = kinds[outer->kind].name;
  struct problem *problem = strcmp(inner->path, outer->path) == 0
                                ? problem_at(places->problems, written, "the %s and the %s are one place: \"%s\"",
                                             outer_name, inner_name, inner->path)
                                : problem_at(places->problems, written, "the %s \"%s\" lies within the %s \"%s\"",
                                             inner_name, inner->path, outer_name, outer->path);
  add_hint(&problem->error, "Give each a folder of its own, none within another.");
}

/* Whether a pair was refused; one problem says enough. */
static bool refuse_pairs(const struct places *places)
{
  for (size_t outer = 0; outer < places->count; outer++)
    for (size_t inner = 0; inner < places->count; inner++)
      if (inner != outer && is_refused(places, &places->items[inner], &places->items[outer])) {
        refuse(places, &places->items[inner], &places->items[outer]);
        return true;
      }
  return false;
}

/* each by itself */

static const char *staging_of(struct arena *arena, const char *path)
{
  const char *name = strrchr(path, '/') + 1;
  if (path_is_remote(path) && s3_location_of(arena, path).key[0] == '\0')
    return path_join(arena, path, ".crisol");
  return path_join(arena, path_directory(arena, path), arena_printf(arena, ".%s.crisol", name));
}

/* The engine and the metadata take names as text. */
static bool check_text(const struct places *places, const char *what, const char *path, struct place written)
{
  if (text_is_utf8(text_from(path)))
    return true;
  problem_at(places->problems, written, "the %s \"%s\" is not UTF-8 text", what, path);
  return false;
}

/* A directory that is there, or can be made. */
static bool check_directory(const struct places *places, const char *what, const char *path, struct place written)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct stat status;
  if (!check_text(places, what, path, written))
    return false;
  if (path_is_remote(path))
    return true;
  const char *at = path;
  while (lstat(at, &status) != 0 && (errno == ENOENT || errno == ENOTDIR) && strcmp(at, "/") != 0)
    at = path_directory(&scratch, at);
  if (lstat(at, &status) != 0 || path_is_directory(at))
    return true; /* what else may be wrong with it the system says */
  problem_at(places->problems, written,
             S_ISLNK(status.st_mode) ? "the %s \"%s\" is no directory: \"%s\" is a symbolic link to what is none"
                                     : "the %s \"%s\" is no directory: \"%s\" is a file",
             what, path, at);
  return false;
}

/* As it is written: a place at all. */
static bool check_written(struct problem_list *problems, const char *what, struct config_text path)
{
  if (path.value == NULL)
    return true;
  const char *bucket = strstr(path.value, "://");
  bool is_empty = text_trim(text_from(path.value)).length == 0;
  bool is_object = path_is_remote(path.value) || strncmp(path.value, "s3a://", 6) == 0;
  bool is_nowhere = is_object && (bucket[3] == '\0' || bucket[3] == '/');
  if (is_empty)
    problem_at(problems, path.place, "the %s is empty", what);
  else if (is_nowhere)
    problem_at(problems, path.place, "the %s \"%s\" names no bucket", what, path.value);
  return !is_empty && !is_nowhere;
}

/* DuckDB puts the ending of its write-ahead log before a "?". */
static bool check_database(const struct places *places, const char *path, struct place written)
{
  if (!check_text(places, kinds[PLACE_DATABASE].name, path, written))
    return false;
  if (strchr(path, '?') != NULL || path_is_remote(path)) {
    problem_at(places->problems, written, "the DuckDB file \"%s\" %s", path,
               path_is_remote(path) ? "is not on a local disk" : "has a ? in its path, which DuckDB cannot write");
    return false;
  }
  if (!path_is_directory(path))
    return check_directory(places, "folder of the DuckDB file", path_directory(places->arena, path), written);
  problem_at(places->problems, written, "the DuckDB file \"%s\" is a directory", path);
  return false;
}

bool plan_check_written_outputs(const struct config *config, struct problem_list *problems)
{
  const struct dataset *dataset = config->dataset;
  struct config_text database = { 0 };
  struct config_text state = { .value = config->env.state };
  if (config->database != NULL && config->database->driver == DATABASE_DUCKDB)
    database = config->database->path;
  bool is_silver = check_written(problems, kinds[PLACE_SILVER].name, dataset->silver.path);
  bool is_quarantine = check_written(problems, kinds[PLACE_QUARANTINE].name, dataset->quarantine);
  bool is_database = check_written(problems, kinds[PLACE_DATABASE].name, database);
  return check_written(problems, kinds[PLACE_STATE].name, state) && is_silver && is_quarantine && is_database;
}

static bool check_each(const struct places *places)
{
  const struct plan *plan = places->plan;
  const struct dataset *dataset = plan->dataset;
  struct place silver = dataset->silver.path.place;
  struct place quarantine = dataset->quarantine.value == NULL ? silver : dataset->quarantine.place;
  if (strcmp(plan->silver_path, "/") == 0) {
    problem_at(places->problems, silver, "the silver path is the root directory");
    return false;
  }
  return check_directory(places, kinds[PLACE_SILVER].name, plan->silver_path, silver) &&
         check_directory(places, kinds[PLACE_QUARANTINE].name, plan->quarantine_path, quarantine) &&
         check_directory(places, kinds[PLACE_STATE].name, path_absolute(places->arena, plan->config->env.state),
                         silver) &&
         (plan->database_path == NULL ||
          check_database(places, plan->database_path, plan->config->database->path.place));
}

static void list_places(struct places *places)
{
  struct arena *arena = places->arena;
  const struct plan *plan = places->plan;
  const struct config *config = plan->config;
  const struct dataset *dataset = plan->dataset;
  const char *temporary = config->env.duckdb.temp_directory, *home = getenv("HOME");
  bool is_usual = dataset->quarantine.value == NULL;
  add_place(places, PLACE_SILVER, plan->silver_path, dataset->silver.path.place);
  add_place(places, PLACE_SILVER_STAGING, staging_of(arena, plan->silver_path), dataset->silver.path.place);
  add_place(places, PLACE_QUARANTINE, plan->quarantine_path, is_usual ? NOWHERE : dataset->quarantine.place);
  add_place(places, PLACE_QUARANTINE_STAGING, staging_of(arena, plan->quarantine_path),
            is_usual ? NOWHERE : dataset->quarantine.place);
  add_place(places, PLACE_STATE, path_absolute(arena, config->env.state), NOWHERE);
  add_place(places, PLACE_TEMPORARY, temporary == NULL ? NULL : path_absolute(arena, temporary), NOWHERE);
  if (plan->database_path != NULL)
    add_place(places, PLACE_DATABASE, plan->database_path, config->database->path.place);
  for (size_t i = 0; i < config->n_files; i++)
    add_place(places, PLACE_CONFIG, path_absolute(arena, config->files[i]), NOWHERE);
  add_place(places, PLACE_HERE, path_absolute(arena, "."), NOWHERE);
  add_place(places, PLACE_HOME, home == NULL || home[0] != '/' ? NULL : path_absolute(arena, home), NOWHERE);
}

bool plan_check_outputs(struct arena *arena, const struct plan *plan, struct problem_list *problems)
{
  struct places *places = arena_alloc(arena, sizeof(*places));
  *places = (struct places){ .arena = arena, .plan = plan, .problems = problems };
  if (!check_each(places))
    return false;
  list_places(places);
  return !refuse_pairs(places);
}

/* inputs: the files that were found */

static bool refuse_input(struct places *places, const char *path)
{
  struct output_place input = { PLACE_INPUT, path, NOWHERE };
  for (size_t i = 0; i < places->count; i++)
    if (is_refused(places, &input, &places->items[i])) {
      refuse(places, &input, &places->items[i]);
      return true;
    }
  return false;
}

/* Files of one folder, one after another, lie where the first one does, unless a link says otherwise. */
static bool refuse_inputs(struct places *places)
{
  const struct plan *plan = places->plan;
  const char *last = "";
  for (size_t i = 0; i < plan->n_files; i++) {
    const char *path = path_absolute(places->arena, plan->files[i].path);
    const char *folder = path_directory(places->arena, path);
    bool is_known = strcmp(folder, last) == 0;
    last = folder;
    bool is_database = plan->database_path != NULL && strcmp(path, plan->database_path) == 0;
    if ((!is_known || is_database) && refuse_input(places, path))
      return true;
  }
  return false;
}

/* what the next run would read */

/* Whether the folders between a folder that is read and a file in it are gone through. */
static bool is_walked(const char *below, bool takes_partitions)
{
  for (const char *slash; (slash = strchr(below, '/')) != NULL; below = slash + 1)
    if (!takes_partitions || !partition_is_folder((struct text){ below, (size_t)(slash - below) }))
      return false;
  return !name_is_no_data(text_from(below));
}

/* Whether a pattern without braces, of relative names, takes a file: itself, or in a folder that it matches. */
static bool takes(struct arena *arena, const char *pattern, const char *path, bool takes_partitions)
{
  size_t n_names = 0, n_parts = 0;
  size_t n_choices = 0;
  const char **choices = pattern_choices(arena, pattern, &n_choices);
  for (size_t i = 0; i < n_choices; i++)
    if (takes(arena, choices[i], path, takes_partitions))
      return true;
  if (n_choices > 0)
    return false;
  for (const char *p = pattern; *p != '\0'; n_names++) {
    p += strcspn(p, "/");
    p += strspn(p, "/");
  }
  const char *below = path;
  while (n_parts < n_names && *below != '\0') {
    below += strcspn(below, "/");
    below += *below == '/';
    n_parts++;
  }
  if (n_parts < n_names)
    return false;
  bool has_slash = n_names > 0 && *below != '\0';
  const char *matched = text_copy(arena, (struct text){ path, (size_t)(below - path) - has_slash });
  return (n_names == 0 ||
          (fnmatch(pattern, matched, FNM_PATHNAME | FNM_PERIOD) == 0 && pattern_takes(pattern, matched))) &&
         (*below == '\0' || is_walked(below, takes_partitions));
}

/* Whether a path of a source would find a file of this absolute path, once it is there. */
static bool would_take(struct arena *arena, const struct config *config, const struct source_config *source,
                       struct config_text written, const char *file)
{
  size_t names = 0;
  const char *pattern = config_find_pattern(arena, config, written, &names);
  bool is_remote = path_is_remote(pattern), takes_partitions = source->format == SOURCE_PARQUET;
  if (is_remote != path_is_remote(file))
    return false;
  if (!is_remote && file_exists(pattern)) {
    const char *folder = path_absolute(arena, pattern);
    return path_is_directory(folder) && is_below(file, folder) &&
           takes(arena, "", file + strlen(folder) + (strcmp(folder, "/") != 0), takes_partitions);
  }
  const char *folder = is_remote ? "s3:/" : pattern_folder(arena, pattern, names);
  const char *rest = pattern + (strncmp(pattern, folder, strlen(folder)) == 0 ? strlen(folder) : 0);
  const char *absolute = is_remote ? folder : path_absolute(arena, folder);
  if (!is_below(file, absolute))
    return false;
  return takes(arena, rest + strspn(rest, "/"), file + strlen(absolute) + strspn(file + strlen(absolute), "/"),
               takes_partitions);
}

/* A file as this run will write it: it names a level for each partition column. */
static const char *file_below(struct arena *arena, const char *path, const char *const *folders, size_t n_folders)
{
  for (size_t i = 0; i < n_folders; i++)
    path = path_join(arena, path, arena_printf(arena, "%s=x", folders[i]));
  return path_join(arena, path, "part-0.parquet");
}

static bool refuse_reading_back(const struct places *places, enum place_kind kind, const char *path, const char *file,
                                struct place written)
{
  const struct plan *plan = places->plan;
  for (size_t s = 0; s < plan->n_sources; s++) {
    const struct source_config *source = plan->sources[s].config;
    for (size_t i = 0; i < source->paths.count; i++) {
      if (!would_take(places->arena, plan->config, source, source->paths.items[i], file))
        continue;
      struct problem *problem =
          problem_at(places->problems, written, "the input path \"%s\" would find what is written to the %s \"%s\"",
                     source->paths.items[i].value, kinds[kind].name, path);
      add_hint(&problem->error, "The next run would read it. Name the inputs more closely, or write elsewhere.");
      return true;
    }
  }
  return false;
}

bool plan_check_inputs(struct arena *arena, const struct plan *plan, struct problem_list *problems)
{
  struct places *places = arena_alloc(arena, sizeof(*places));
  const struct dataset *dataset = plan->dataset;
  struct place silver = dataset->silver.path.place;
  struct place quarantine = dataset->quarantine.value == NULL ? silver : dataset->quarantine.place;
  const char **names = arena_array(arena, plan->n_partitions + 1, sizeof(*names));
  *places = (struct places){ .arena = arena, .plan = plan, .problems = problems };
  list_places(places);
  for (size_t i = 0; i < plan->n_partitions; i++)
    names[i] = plan->partitions[i].name;
  if (refuse_inputs(places) ||
      refuse_reading_back(places, PLACE_SILVER, plan->silver_path,
                          file_below(arena, plan->silver_path, names, plan->n_partitions), silver) ||
      refuse_reading_back(places, PLACE_QUARANTINE, plan->quarantine_path,
                          file_below(arena, plan->quarantine_path, (const char *const[]){ "run_id" }, 1), quarantine))
    return false;
  return plan->database_path == NULL || !refuse_reading_back(places, PLACE_DATABASE, plan->database_path,
                                                             plan->database_path, plan->config->database->path.place);
}
