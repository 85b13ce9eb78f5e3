/* Loads a dataset and the files that it names. */
#include "config/catalog.h"
#include "config/tables.h"

#include "base/digest.h"
#include "base/file.h"
#include "base/secret.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

struct loader {
  struct arena *arena;
  struct problem_list *problems;
  struct config *config;     /* whose files are noted; NULL: nobody asks for them */
  struct text_buffer hashed; /* the bytes that config_hash is of */
};

static void note_file(struct loader *loader, const char *path)
{
  struct config *config = loader->config;
  if (config == NULL)
    return;
  config->files = arena_grow(loader->arena, config->files, config->n_files, &config->files_capacity, sizeof(char *));
  config->files[config->n_files++] = path;
}

/* Values of keys that hold secrets are starred out in what messages quote; the parser reads the original. */
static struct text masked(struct arena *arena, struct text text)
{
  char *copy = text_copy(arena, text);
  for (size_t start = 0; start < text.length;) {
    size_t end = start;
    while (end < text.length && text.data[end] != '\n')
      end++;
    const char *colon = memchr(text.data + start, ':', end - start);
    if (colon != NULL && is_secret_key((struct text){ text.data + start, (size_t)(colon - (text.data + start)) }))
      memset(copy + (colon - text.data) + 1, '*', end - (size_t)(colon - text.data) - 1);
    start = end + 1;
  }
  return (struct text){ copy, text.length };
}

/* Parses what a file of that name holds; NULL where a problem was added. `is_of_settings`: it may hold passwords. */
static struct node *load_text(struct loader *loader, const char *path, struct text text, bool is_of_settings,
                              struct source *ret_source)
{
  *ret_source = (struct source){ .name = path, .text = text, .may_hold_secrets = true };
  if (is_of_settings)
    secrets_keep_of_text(text);
  struct node *root = node_parse(loader->arena, ret_source, loader->problems);
  if (root != NULL)
    secrets_keep_of_node(root, is_of_settings);
  ret_source->text = masked(loader->arena, text);
  if (root != NULL && root->kind != NODE_MAPPING) {
    problem_at(loader->problems, root->place, "the file holds %s, a mapping was expected", node_kind_name(root));
    return NULL;
  }
  return root;
}

/* The same of a file that is read; `place` is where it is named. */
static struct node *load_file(struct loader *loader, const char *path, struct place place, bool is_of_settings,
                              struct source *ret_source)
{
  struct text text;
  struct error err;
  note_file(loader, path);
  if (file_read(loader->arena, path, CONFIG_FILE_LIMIT, ERROR_CONFIG, &text, &err))
    return load_text(loader, path, text, is_of_settings, ret_source);
  if (place.source != NULL)
    problem_at(loader->problems, place, "%s", err.message);
  else
    problem_add(loader->problems, &err, false);
  return NULL;
}

static struct reading reading_of(struct loader *loader)
{
  return (struct reading){ .arena = loader->arena, .problems = loader->problems };
}

/* env.yml */

static void load_environment(struct loader *loader, const char *path, struct environment *env)
{
  static const char *const usual = "config/env.yml";
  *env = (struct environment){ .engine = "duckdb", .state = "./.crisol" };
  if (path == NULL && !file_exists(usual))
    return;
  struct source *source = arena_alloc(loader->arena, sizeof(*source));
  struct node *root = load_file(loader, path == NULL ? usual : path, NOWHERE, true, source);
  struct reading reading = reading_of(loader);
  reading.holds_secrets = true;
  if (root != NULL)
    keys_read(&reading, root, &environment_table, env);
}

bool config_load_environment(struct arena *arena, const char *path, struct problem_list *problems,
                             struct environment *ret_env)
{
  struct loader loader = { .arena = arena, .problems = problems };
  size_t before = problem_count_errors(problems);
  if (problems->arena == NULL)
    problems->arena = arena;
  load_environment(&loader, path, ret_env);
  return problem_count_errors(problems) == before;
}

/* database.yml */

static void unknown_environment(struct loader *loader, const struct node *root, const char *name, struct place place)
{
  enum { MOST = 32 };
  const char *names[MOST];
  size_t count = 0;
  SCOPED(text_buffer_done) struct text_buffer list = { 0 };
  for (size_t i = 0; i < root->n_entries && count < MOST; i++) {
    text_buffer_printf(&list, "%s%s", count == 0 ? "" : ", ", root->entries[i].key->value);
    names[count++] = root->entries[i].key->value;
  }
  struct place at = place.source != NULL ? place : root->place;
  struct problem *problem =
      problem_at(loader->problems, at, "%s has no environment \"%s\"", root->place.source->name, name);
  const char *nearest = text_nearest(text_from(name), names, count);
  if (nearest != NULL)
    add_hint(&problem->error, "Did you mean \"%s\"?", nearest);
  else if (count > 0)
    add_hint(&problem->error, "It has %s.", list.data);
}

/* All environments are looked at; those that are not used may lack what a template lacks. */
static struct database_config *load_database(struct loader *loader, const char *path, struct place path_place,
                                             const char *environment, struct place environment_place)
{
  struct source *source = arena_alloc(loader->arena, sizeof(*source));
  struct node *root = load_file(loader, path, path_place, true, source);
  if (root == NULL)
    return NULL;
  struct database_config *found = NULL;
  for (size_t i = 0; i < root->n_entries; i++) {
    const struct node *node = root->entries[i].value;
    const char *name = root->entries[i].key->value;
    struct reading reading = reading_of(loader);
    reading.holds_secrets = true;
    if (node->kind != NODE_MAPPING) {
      problem_at(loader->problems, node->place, "environment \"%s\" is %s, a mapping was expected", name,
                 node_kind_name(node));
      continue;
    }
    struct database_config *database = arena_alloc(loader->arena, sizeof(*database));
    *database = (struct database_config){
      .environment = name, .driver = DATABASE_POSTGRESQL, .pool = { 1, 4, 10, 300 }, .retries = 3, .lock_timeout = 60
    };
    reading.is_template = strcmp(name, environment) != 0;
    keys_read(&reading, node, &database_table, database);
    if (!reading.is_template)
      found = database;
  }
  if (found == NULL)
    unknown_environment(loader, root, environment, environment_place);
  return found;
}

bool config_load_database(struct arena *arena, const char *path, const char *environment, struct problem_list *problems,
                          struct database_config **ret_database)
{
  static const char *const usual = "config/database.yml";
  struct loader loader = { .arena = arena, .problems = problems };
  size_t before = problem_count_errors(problems);
  if (problems->arena == NULL)
    problems->arena = arena;
  *ret_database = NULL;
  if (path == NULL && !file_exists(usual))
    return true;
  *ret_database = load_database(&loader, path == NULL ? usual : path, NOWHERE,
                                environment == NULL ? "default" : environment, NOWHERE);
  return problem_count_errors(problems) == before;
}

/* The dataset and what it names */

static void load_rules(struct loader *loader, struct dataset_draft *draft)
{
  struct dataset *dataset = &draft->dataset;
  struct dataset_draft referred = { 0 };
  const char *ref = draft->expectations_ref.value;
  if (ref != NULL) {
    struct source *source = arena_alloc(loader->arena, sizeof(*source));
    struct node *root =
        load_file(loader, config_find_input(loader->arena, dataset, ref), draft->expectations_ref.place, false, source);
    struct reading reading = reading_of(loader);
    if (root != NULL)
      keys_read(&reading, root, &expectations_table, &referred);
    if (source->text.length > 0)
      text_buffer_add_text(&loader->hashed, source->text);
  }
  dataset->n_rules = referred.n_rules + draft->n_rules;
  dataset->rules = arena_array(loader->arena, dataset->n_rules + 1, sizeof(*dataset->rules));
  for (size_t i = 0; i < referred.n_rules; i++)
    dataset->rules[i] = referred.rules[i];
  for (size_t i = 0; i < draft->n_rules; i++)
    dataset->rules[referred.n_rules + i] = draft->rules[i];
  struct reading reading = reading_of(loader);
  check_unique(&reading, "rules named", NAMED_ITEMS(struct config_rule, dataset->rules, dataset->n_rules, name));
}

static void load_schema(struct loader *loader, struct dataset *dataset)
{
  struct text text;
  struct error err;
  if (dataset->schema_ref.value == NULL)
    return;
  const char *path = config_find_input(loader->arena, dataset, dataset->schema_ref.value);
  note_file(loader, path);
  if (!file_read(loader->arena, path, CONFIG_FILE_LIMIT, ERROR_CONFIG, &text, &err)) {
    problem_at(loader->problems, dataset->schema_ref.place, "%s", err.message);
    return;
  }
  text_buffer_add_text(&loader->hashed, text);
  if (!schema_compile(loader->arena, path, text, loader->problems, &dataset->schema))
    dataset->schema = NULL;
}

static void set_defaults(const struct environment *env, struct dataset *dataset)
{
  if (dataset->timezone == NULL)
    dataset->timezone = env->timezone != NULL ? env->timezone : "UTC";
  if (dataset->silver.compression == NULL)
    dataset->silver.compression = "snappy";
  if (dataset->gold.schema == NULL)
    dataset->gold.schema = "gold";
  if (dataset->gold.table == NULL)
    dataset->gold.table = dataset->id.value;
}

/* A digest of a secret that can be guessed tells it: of an assignment to a key that bears a secret only the key counts.
 */
static void hash_override(struct loader *loader, const char *assignment)
{
  size_t key_length = strcspn(assignment, "=");
  bool is_secret = false;
  for (size_t at = 0; at < key_length; at += strcspn(assignment + at, ".=") + 1)
    is_secret = is_secret || is_secret_key((struct text){ assignment + at, strcspn(assignment + at, ".=") });
  text_buffer_add_char(&loader->hashed, '\n');
  text_buffer_add_text(&loader->hashed, is_secret ? (struct text){ assignment, key_length } : text_from(assignment));
}

/* Another dataset that a source reads: its file is loaded for the places and types of its silver alone, and what is
 * wrong with the rest of it is told where it is run. */
static const struct dataset *load_upstream(struct loader *loader, const struct catalog_entry *entry)
{
  struct problem_list own = { .arena = loader->arena };
  struct loader inner = { .arena = loader->arena, .problems = &own };
  struct dataset_draft *draft = arena_alloc(loader->arena, sizeof(*draft));
  struct node *root = load_file(&inner, entry->path, NOWHERE, false, &draft->dataset.source_text);
  struct reading reading = reading_of(&inner);
  if (root == NULL)
    return NULL;
  draft->dataset.path = entry->path;
  keys_read(&reading, root, &dataset_table, draft);
  load_schema(&inner, &draft->dataset);
  text_buffer_done(&inner.hashed);
  return draft->dataset.silver.path.value == NULL ? NULL : &draft->dataset;
}

static void find_upstream(struct loader *loader, struct catalog *catalog, const struct dataset *dataset,
                          struct source_config *source)
{
  const struct catalog_entry *entry = catalog_resolve(catalog, dataset->path, source->dataset, loader->problems);
  if (entry == NULL)
    return;
  source->format = SOURCE_PARQUET;
  if (strcmp(entry->absolute, path_absolute(loader->arena, dataset->path)) == 0) {
    problem_at(loader->problems, source->dataset.place, "the dataset reads its own silver");
    return;
  }
  source->upstream = load_upstream(loader, entry);
  if (source->upstream == NULL) {
    struct problem *problem = problem_at(loader->problems, source->dataset.place,
                                         "dataset \"%s\" has no silver to read", source->dataset.value);
    add_hint(&problem->error, "See what `crisol check` says of \"%s\".", entry->path);
    return;
  }
  source->paths.items = arena_alloc(loader->arena, sizeof(struct config_text));
  source->paths.count = 1;
  source->paths.items[0] =
      (struct config_text){ .value = source->upstream->silver.path.value, .place = source->dataset.place };
}

static void find_upstreams(struct loader *loader, const struct config_options *options, struct dataset *dataset)
{
  struct catalog beside = { .arena = loader->arena };
  for (size_t i = 0; i < dataset->n_sources; i++)
    if (dataset->sources[i].dataset.value != NULL)
      find_upstream(loader, options->catalog == NULL ? &beside : options->catalog, dataset, &dataset->sources[i]);
}

static struct dataset *load_dataset(struct loader *loader, const struct config_options *options,
                                    const struct environment *env)
{
  struct dataset_draft *draft = arena_alloc(loader->arena, sizeof(*draft));
  struct dataset *dataset = &draft->dataset;
  struct source *source = &dataset->source_text;
  struct node *root = options->dataset_text == NULL
                          ? load_file(loader, options->dataset_path, NOWHERE, false, source)
                          : load_text(loader, options->dataset_path, text_from(options->dataset_text), false, source);
  if (root == NULL)
    return dataset;
  dataset->path = options->dataset_path;
  text_buffer_add_text(&loader->hashed, dataset->source_text.text);
  for (size_t i = 0; i < options->n_overrides; i++) {
    node_override(loader->arena, root, options->overrides[i], loader->problems);
    hash_override(loader, options->overrides[i]);
  }
  struct reading reading = reading_of(loader);
  keys_read(&reading, root, &dataset_table, draft);
  set_defaults(env, dataset);
  find_upstreams(loader, options, dataset);
  load_rules(loader, draft);
  load_schema(loader, dataset);
  return dataset;
}

static struct database_config *load_gold(struct loader *loader, const struct config_options *options,
                                         const struct dataset *dataset)
{
  struct config_text path = dataset->gold.database_config;
  struct config_text environment = dataset->gold.environment;
  if (options->database_path != NULL)
    path = (struct config_text){ .value = options->database_path };
  if (path.value == NULL)
    path = (struct config_text){ .value = "config/database.yml", .place = dataset->gold.place };
  if (options->environment != NULL)
    environment = (struct config_text){ .value = options->environment };
  return load_database(loader, config_find_input(loader->arena, dataset, path.value), path.place,
                       environment.value == NULL ? "default" : environment.value, environment.place);
}

static struct database_config *database_of_trial(struct arena *arena)
{
  struct database_config *database = arena_alloc(arena, sizeof(*database));
  *database = (struct database_config){ .environment = "trial", .driver = DATABASE_DUCKDB };
  return database;
}

bool config_load(struct arena *arena, const struct config_options *options, struct problem_list *problems,
                 struct config **ret_config)
{
  if (problems->arena == NULL)
    problems->arena = arena;
  struct loader loader = { .arena = arena, .problems = problems };
  struct config *config = arena_alloc(arena, sizeof(*config));
  size_t before = problem_count_errors(problems);
  loader.config = config;
  load_environment(&loader, options->env_path, &config->env);
  config->dataset = load_dataset(&loader, options, &config->env);
  if (config->dataset->gold.enabled)
    config->database =
        options->leaves_database ? database_of_trial(arena) : load_gold(&loader, options, config->dataset);
  secret_hide_in(&loader.hashed, 0); /* of the files, of --set values, of a connection's text among them */
  md5_hex(text_buffer_text(&loader.hashed), config->config_hash);
  text_buffer_done(&loader.hashed);
  *ret_config = config;
  return problem_count_errors(problems) == before;
}
