/* pipeline_check: every problem of the files of a dataset, each at its place. */
#include "base/clock.h"
#include "pipeline/load.h"

/* What cannot be read now leaves the columns unchecked; that is said, and is no error of the configuration. */
static void note_unreachable(struct arena *arena, const struct dataset *dataset, const struct error *reason,
                             struct problem_list *problems)
{
  struct error note = *reason;
  add_hint(&note, "Column names were not checked, since the source could not be read.");
  problem_add(problems, &note, true);
  plan_check_syntax(arena, dataset, problems);
}

static bool check_columns(struct arena *arena, const struct pipeline_options *options, const struct config *config,
                          struct problem_list *problems, struct error *err)
{
  const struct engine_driver *driver = NULL;
  struct database *database = NULL;
  struct engine *engine = NULL;
  struct plan plan;
  bool is_built = false;
  struct error reason = { 0 };
  if (!load_find_engine(options->engine, config, &driver, &reason)) {
    problem_add(problems, &reason, false);
    return true;
  }
  bool are_places_sound = plan_outputs(arena, config, &plan, problems);
  if (!load_engine(arena, config, driver, clock_now_us(), &database, &engine, err)) {
    if (err->kind != ERROR_CONFIG)
      return false;
    problem_add(problems, err, false);
    return true;
  }
  (void)are_places_sound; /* what is wrong with them is in the list */
  if (!load_plan(arena, config, engine, problems, &plan, &is_built, &reason)) {
    if (reason.kind == ERROR_ENVIRONMENT)
      note_unreachable(arena, config->dataset, &reason, problems);
    else
      problem_add(problems, &reason, false);
  }
  if (is_built)
    engine_check(engine, &plan, problems);
  close_engine(&database, &engine);
  return true;
}

static bool check(struct arena *arena, const struct pipeline_options *options, struct s3 **s3,
                  struct problem_list *problems, struct error *err)
{
  struct config *config = NULL;
  struct problem_list own = { .arena = arena };
  bool is_sound = load_config(arena, options, s3, &own, &config);
  for (size_t p = 0; p < own.count; p++)
    problem_add(problems, &own.items[p]->error, own.items[p]->is_warning);
  problems->n_hidden += own.n_hidden;
  if (is_sound || (config != NULL && config_mend(arena, config, &own)))
    return check_columns(arena, options, config, problems, err);
  if (config != NULL)
    plan_check_syntax(arena, config->dataset, problems);
  return true;
}

bool pipeline_check(struct arena *arena, const struct pipeline_options *options, size_t count,
                    struct problem_list *problems, struct error *err)
{
  struct s3 *s3 = NULL; /* of the first that needs one, for all */
  bool is_done = true;
  for (size_t i = 0; is_done && i < count; i++) {
    log_set_receiver(options[i].observer.log, options[i].observer.context);
    is_done = check(arena, &options[i], &s3, problems, err);
  }
  close_s3(&s3);
  log_set_receiver(NULL, NULL);
  return is_done;
}
