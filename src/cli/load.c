#include "cli/load.h"

#include "base/file.h"
#include "cli/watch.h"

#include <fnmatch.h>
#include <time.h>
#include <unistd.h>

bool load_environment(struct cli *cli, struct environment *ret_env, struct error *err)
{
  struct problem_list problems = { .arena = cli->arena };
  bool is_loaded = config_load_environment(cli->arena, cli->env, &problems, ret_env);
  TRY(report_problems(&problems, err));
  if (!is_loaded)
    BUG("an environment was refused without a problem");
  return true;
}

int64_t now_us(void)
{
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* The option wins over the seed's position. */
static const char *given(const struct cli *cli, const char *option, size_t position)
{
  if (option != NULL || cli->command->most_arguments != 4)
    return option;
  return cli->n_arguments > position ? cli->arguments[position] : NULL;
}

/* Whether one of the dataset's paths is in an object store, after mounts. */
static bool needs_s3(struct arena *arena, const struct config *config)
{
  const struct dataset *dataset = config->dataset;
  bool needs =
      path_is_remote(config_resolve(arena, &config->env, dataset->silver.path)) ||
      (dataset->quarantine.value != NULL && path_is_remote(config_resolve(arena, &config->env, dataset->quarantine)));
  for (size_t s = 0; s < dataset->n_sources; s++)
    for (size_t i = 0; i < dataset->sources[s].paths.count; i++)
      needs = needs || path_is_remote(config_resolve(arena, &config->env, dataset->sources[s].paths.items[i]));
  return needs;
}

/* Several datasets of one command share the client: env.yml is the same. */
static bool open_s3(struct cli *cli, struct config *config, struct problem_list *problems)
{
  struct error err;
  if (cli->s3 == NULL && needs_s3(cli->arena, config)) {
    struct s3_settings settings = config->env.s3;
    settings.go_on = watch_allows;
    bool is_open = s3_settings_complete(cli->arena, &settings, &err);
    if (!config->env.has_path_style)
      settings.path_style = settings.endpoint != NULL;
    if (!is_open || !s3_open(&settings, &cli->s3, &err)) {
      problem_add(problems, &err, false);
      return false;
    }
  }
  config->s3 = cli->s3;
  return true;
}

bool load_config(struct cli *cli, const char *path, struct problem_list *problems, struct config **ret_config)
{
  struct config_options loaded = {
    .dataset_path = path,
    .env_path = given(cli, cli->env, 1),
    .database_path = given(cli, cli->database, 2),
    .environment = given(cli, cli->environment, 3),
    .overrides = cli->overrides,
    .n_overrides = cli->n_overrides,
  };
  return config_load(cli->arena, &loaded, problems, ret_config) && open_s3(cli, *ret_config, problems);
}

bool report_problems(struct problem_list *problems, struct error *err)
{
  const struct error *first = problems_print(problems, STDERR_FILENO);
  if (first == NULL)
    return true;
  *err = (struct error){ .kind = first->kind };
  return false;
}

bool load_check_supported(struct cli *cli, const struct config *config, struct error *err)
{
  const char *engine = cli->engine != NULL ? cli->engine : config->env.engine;
  if (engine != NULL && strcmp(engine, "duckdb") != 0) {
    fail(err, ERROR_CONFIG, NOWHERE, "engine \"%s\" is not supported yet", engine);
    return add_hint(err, "Use engine: duckdb.");
  }
  return true;
}

bool load_engine(struct arena *arena, const struct config *config, int64_t instant_us, struct engine **ret_engine,
                 struct error *err)
{
  struct engine_options opened = { .env = &config->env,
                                   .timezone = config->dataset->timezone,
                                   .instant_us = instant_us };
  TRY(engine_open(arena, &opened, ret_engine, err));
  watch_engine(*ret_engine);
  return true;
}

void close_engine(struct engine **engine)
{
  watch_engine(NULL);
  engine_close(engine);
}

/* The folder that a path is, or that a pattern looks into; it may itself be a pattern: /data/2024-*. */
static const char *pattern_folder(struct arena *arena, const char *pattern)
{
  if (path_is_directory(pattern))
    return path_absolute(arena, pattern);
  size_t length = strcspn(pattern, "*?[{");
  const char *fixed = path_directory(arena, text_copy(arena, (struct text){ pattern, length }));
  const char *folder = path_directory(arena, pattern);
  const char *rest = strcmp(fixed, ".") == 0 && folder[0] != '.' ? folder : folder + strlen(fixed);
  return path_join(arena, path_absolute(arena, fixed), rest + strspn(rest, "/"));
}

/* A name of one level, with braces: "{in,out}-*". */
static bool is_match(struct arena *arena, const char *pattern, const char *name)
{
  size_t n_choices = 0;
  const char **choices = pattern_choices(arena, pattern, &n_choices);
  for (size_t i = 0; i < n_choices; i++)
    if (is_match(arena, choices[i], name))
      return true;
  return n_choices == 0 && (strcmp(pattern, name) == 0 || fnmatch(pattern, name, FNM_PERIOD) == 0);
}

/* Whether a path lies in a folder that a pattern matches. */
static bool is_within_pattern(struct arena *arena, const char *path, const char *folder)
{
  for (;;) {
    folder += strspn(folder, "/");
    path += strspn(path, "/");
    size_t pattern_length = strcspn(folder, "/"), length = strcspn(path, "/");
    if (pattern_length == 0)
      return true;
    const char *pattern = text_copy(arena, (struct text){ folder, pattern_length });
    const char *name = text_copy(arena, (struct text){ path, length });
    if (length == 0 || !is_match(arena, pattern, name))
      return false;
    folder += pattern_length;
    path += length;
  }
}

static bool is_within(const char *path, const char *directory)
{
  size_t length = strlen(directory);
  return strncmp(path, directory, length) == 0 && (path[length] == '\0' || path[length] == '/');
}

/* A lake below the input's folder would be read as input by the next run. A file's own folder is no such place. */
static void check_places(struct arena *arena, const struct plan *plan, struct problem_list *problems)
{
  const struct config_text *silver = &plan->dataset->silver.path;
  if (is_within(plan->quarantine_path, plan->silver_path)) {
    problem_at(problems, plan->dataset->quarantine.place, "the quarantine \"%s\" lies within the output path \"%s\"",
               plan->quarantine_path, silver->value);
    return;
  }
  for (size_t s = 0; s < plan->n_sources; s++)
    for (size_t i = 0; i < plan->sources[s].n_files; i++) {
      const char *file = path_absolute(arena, plan->sources[s].files[i].path);
      if (!is_within(file, plan->silver_path))
        continue;
      problem_at(problems, silver->place, "the input file \"%s\" lies within the output path \"%s\"", file,
                 silver->value);
      return;
    }
  for (size_t s = 0; s < plan->n_sources; s++) {
    const struct config_list *paths = &plan->sources[s].config->paths;
    for (size_t i = 0; i < paths->count; i++) {
      const char *local = config_resolve(arena, &plan->config->env, paths->items[i]);
      local = config_find_input(arena, plan->dataset, local);
      if (strpbrk(local, "*?[{") == NULL && !path_is_directory(local) && !path_is_remote(local))
        continue;
      if (is_within_pattern(arena, plan->silver_path, pattern_folder(arena, local))) {
        problem_at(problems, silver->place, "the output path \"%s\" lies within the input path \"%s\"", silver->value,
                   paths->items[i].value);
        return;
      }
    }
  }
}

bool load_sources(struct arena *arena, struct engine *engine, struct problem_list *problems, struct plan *plan,
                  bool *ret_built, struct error *err)
{
  *ret_built = false;
  if (!engine_open_sources(engine, plan, err)) {
    if (err->kind != ERROR_CONFIG)
      return false;
    problem_add(problems, err, false);
    return true;
  }
  size_t before = problem_count_errors(problems);
  if (plan_build(arena, plan, problems))
    check_places(arena, plan, problems);
  *ret_built = problem_count_errors(problems) == before;
  return true;
}

bool load_plan(struct arena *arena, const struct config *config, struct engine *engine, struct problem_list *problems,
               struct plan *ret_plan, bool *ret_built, struct error *err)
{
  *ret_built = false;
  TRY(plan_inputs(arena, config, ret_plan, err));
  return load_sources(arena, engine, problems, ret_plan, ret_built, err);
}
