/* crisol eval: the value of a Spark SQL expression, or the rows of a dataset on which it is true. */
#include "base/clock.h"
#include "base/visible.h"
#include "cli/load.h"
#include "cli/summary_table.h"
#include "pipeline/refusals.h"
#include "value/timezone.h"

#include <inttypes.h>
#include <stdlib.h>

static struct source *expression_source(struct cli *cli)
{
  struct source *source = arena_alloc(cli->arena, sizeof(*source));
  *source = (struct source){ .name = "expression", .text = text_from(cli->arguments[0]) };
  return source;
}

static struct expr_text expression_text(struct cli *cli)
{
  struct source *source = expression_source(cli);
  return (struct expr_text){ .text = source->text,
                             .place = { .source = source, .start = 0, .length = source->text.length },
                             .is_verbatim = true };
}

/* env.yml's zone, else UTC. */
static bool find_timezone(struct cli *cli, const char **ret_timezone, struct error *err)
{
  struct environment env;
  TRY(cli_load_environment(cli, &env, err));
  *ret_timezone = env.timezone != NULL ? env.timezone : "UTC";
  return true;
}

static bool eval_constant(struct cli *cli, struct error *err)
{
  const struct engine_driver *driver = NULL;
  const char *zone = NULL;
  const char *error_class = NULL;
  char *line = NULL;
  TRY(find_timezone(cli, &zone, err));
  TRY(engine_find(NULL, &driver, err));
  TRY(engine_evaluate(driver, cli->arena, expression_text(cli), zone, &line, &error_class, err));
  SCOPED(text_buffer_done) struct text_buffer out = { 0 };
  text_add_visible(&out, text_from(line));
  text_buffer_add_char(&out, '\n');
  print_out(text_buffer_text(&out));
  return true;
}

/* "7,021 of 10,000 rows pass", or how many values there are where the expression is no boolean. */
static bool count_rows(struct cli *cli, struct engine *engine, const struct plan *plan, struct error *err)
{
  const struct expr *expr = NULL;
  struct run run = { .arena = cli->arena, .id = "eval", .instant_us = clock_now_us() };
  uint64_t passed = 0;
  uint64_t total = 0;
  TRY(plan_compile_rule(cli->arena, plan, expression_text(cli), &expr, err));
  TRY(engine_stage(engine, plan, &run, err));
  TRY(refuse_reading(engine, plan, &run, err));
  TRY(engine_deduplicate(engine, plan, &run, err));
  TRY(engine_count_passing(engine, expr, &passed, &total, err));
  SCOPED(text_buffer_done) struct text_buffer out = { 0 };
  text_buffer_add_count(&out, passed);
  text_buffer_add_string(&out, " of ");
  text_buffer_add_count(&out, total);
  text_buffer_printf(&out, " rows %s\n", expr_type(expr)->id == TYPE_BOOLEAN ? "pass" : "have a value");
  print_out(text_buffer_text(&out));
  return true;
}

static bool eval_on_dataset(struct cli *cli, struct error *err)
{
  struct problem_list problems = { .arena = cli->arena };
  struct pipeline_options run = cli_options(cli, cli->dataset);
  struct opened opened;
  struct plan plan;
  bool is_built = false;
  run.engine = "duckdb"; /* the rows are counted here, whatever env.yml says */
  bool is_done = open_dataset(cli->arena, &run, &cli->s3, &opened, err) &&
                 load_plan(cli->arena, opened.config, opened.engine, &problems, &plan, &is_built, err) &&
                 cli_report(&problems, err) && count_rows(cli, opened.engine, &plan, err);
  close_dataset(&opened);
  return is_done;
}

bool command_eval(struct cli *cli, int *ret_exit, struct error *err)
{
  (void)ret_exit;
  return cli->dataset == NULL ? eval_constant(cli, err) : eval_on_dataset(cli, err);
}
