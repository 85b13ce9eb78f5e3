/* What the current directory holds, for who calls crisol without a command. */
#include "cli/command.h"

#include "config/catalog.h"

#include <glob.h>

static void add_files(struct cli *cli, const char *pattern, const char *what,
                      bool (*is_one)(struct cli *cli, const char *path), const char **first, struct text_buffer *out)
{
  enum { SHOWN = 5 };
  glob_t found = { 0 };
  size_t count = 0;
  if (glob(pattern, GLOB_BRACE, NULL, &found) == 0)
    for (size_t i = 0; i < found.gl_pathc; i++) {
      if (!is_one(cli, found.gl_pathv[i]))
        continue;
      if (count == 0)
        text_buffer_printf(out, "%s%s:", out->length == 0 ? "" : "; ", what);
      if (count++ < SHOWN)
        text_buffer_printf(out, " %s", found.gl_pathv[i]);
      if (*first == NULL)
        *first = text_copy(cli->arena, text_from(found.gl_pathv[i]));
    }
  if (count > SHOWN)
    text_buffer_printf(out, " and %zu more", count - SHOWN);
  globfree(&found);
}

static bool is_dataset(struct cli *cli, const char *path)
{
  return config_kind_of(cli->arena, path) == CONFIG_DATASET;
}

static bool is_settings(struct cli *cli, const char *path)
{
  enum config_kind kind = config_kind_of(cli->arena, path);
  return kind == CONFIG_ENVIRONMENT || kind == CONFIG_DATABASE;
}

static bool is_any(struct cli *cli, const char *path)
{
  (void)cli;
  (void)path;
  return true;
}

bool here_explain(struct cli *cli, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer out = { 0 };
  const char *dataset = NULL, *settings = NULL, *data = NULL;
  add_files(cli, "{*.yml,*.yaml}", "datasets", is_dataset, &dataset, &out);
  add_files(cli, "{,config/}{*.yml,*.yaml}", "settings", is_settings, &settings, &out);
  add_files(cli, "{*.csv,*.json,*.jsonl,*.parquet,*.csv.gz}", "data", is_any, &data, &out);
  if (dataset != NULL)
    return add_hint(err, "Here are %s. Next: `crisol check %s`, `crisol run %s`; `crisol help` lists the commands.",
                    out.data, dataset, dataset);
  if (data != NULL)
    return add_hint(err, "Here are %s. Next: `crisol init %s`; `crisol help` lists the commands.", out.data, data);
  return add_hint(err, "`crisol help` lists the commands.");
}
