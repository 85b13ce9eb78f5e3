/* crisol plan: what a run would read, do and write. */
#include "cli/datasets.h"

#include <unistd.h>

static bool plan_one(struct cli *cli, const struct pipeline_options *run, struct error *err)
{
  struct opened opened;
  struct plan plan = { .n_columns = 0 };
  bool is_built = false;
  struct problem_list problems = { .arena = cli->arena };
  bool is_read = open_dataset(cli->arena, run, &cli->s3, &opened, err) &&
                 load_plan(cli->arena, opened.config, opened.engine, &problems, &plan, &is_built, err);
  bool is_done = is_read && cli_report(&problems, err);
  /* while a rule is wrong the rest is shown; statements are not, since they would lack it */
  if (is_done || (is_read && plan.n_columns > 0 && plan.silver_path != NULL && !cli->sql)) {
    SCOPED(text_buffer_done) struct text_buffer out = { 0 };
    if (cli->sql)
      engine_print_sql(opened.engine, cli->arena, &plan, &out);
    else
      plan_print(&plan, &out);
    print_out(text_buffer_text(&out));
  }
  close_dataset(&opened);
  return is_done;
}

static void print_graph(struct cli *cli, const struct datasets *datasets)
{
  enum graph_format format = GRAPH_TEXT;
  SCOPED(text_buffer_done) struct text_buffer out = { 0 };
  for (int i = 0; cli->graph_format != NULL && graph_formats[i] != NULL; i++)
    if (strcmp(cli->graph_format, graph_formats[i]) == 0)
      format = (enum graph_format)i;
  catalog_print_graph(&datasets->catalog, format, &out);
  print_out(text_buffer_text(&out));
}

/* A plan that cannot be made is told, and the others follow; the first failure is the command's. */
static bool plan_all(struct cli *cli, struct datasets *datasets, struct error *err)
{
  bool is_done = true;
  for (size_t i = 0; i < datasets->count; i++) {
    struct error own = { 0 };
    const struct pipeline_options run = datasets_options(cli, datasets, datasets->order[i]);
    if (i > 0)
      print_out(TEXT("\n"));
    if (plan_one(cli, &run, &own))
      continue;
    if (own.message[0] != '\0') {
      struct problem_list problems = { .arena = cli->arena };
      problem_add(&problems, &own, false);
      problems_print(&problems, STDERR_FILENO);
    }
    if (is_done)
      *err = (struct error){ .kind = own.kind };
    is_done = false;
    if (own.kind == ERROR_INTERRUPTED || own.kind == ERROR_TERMINATED)
      break;
  }
  return is_done;
}

bool command_plan(struct cli *cli, int *ret_exit, struct error *err)
{
  (void)ret_exit;
  struct datasets datasets;
  if (cli->graph_format != NULL && !cli->graph)
    return fail(err, ERROR_CONFIG, NOWHERE, "--format is of the graph: say --graph, too");
  TRY(datasets_find(cli, &datasets, err));
  if (cli->graph) {
    print_graph(cli, &datasets);
    return true;
  }
  if (!datasets.is_one)
    return plan_all(cli, &datasets, err);
  const struct pipeline_options run = datasets_options(cli, &datasets, datasets.order[0]);
  return plan_one(cli, &run, err);
}
