/* The plans that are sent: statements, queries, views and writes. */
#include "engine/spark/arrow.h"
#include "engine/spark/session_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

/* A relation of a query's rows. */
struct query {
  Spark__Connect__SQL sql;
  Relation relation;
};

static void fill_query(struct query *query, const char *sql)
{
  query->sql = (Spark__Connect__SQL)SPARK__CONNECT__SQL__INIT;
  query->relation = (Relation)SPARK__CONNECT__RELATION__INIT;
  query->sql.query = unconst(sql);
  query->relation.rel_type_case = SPARK__CONNECT__RELATION__REL_TYPE_SQL;
  query->relation.sql = &query->sql;
}

static Spark__Connect__MapEntry **entries_of(struct arena *arena, const char *const *options, size_t n_options)
{
  Spark__Connect__MapEntry **entries = arena_array(arena, n_options + 1, sizeof(*entries));
  for (size_t i = 0; i < n_options; i++) {
    entries[i] = arena_alloc(arena, sizeof(**entries));
    *entries[i] = (Spark__Connect__MapEntry)SPARK__CONNECT__MAP_ENTRY__INIT;
    entries[i]->key = unconst(options[2 * i]);
    entries[i]->value = unconst(options[2 * i + 1]);
  }
  return entries;
}

static char **strings_of(struct arena *arena, const char *const *strings, size_t count)
{
  char **copies = arena_array(arena, count + 1, sizeof(*copies));
  for (size_t i = 0; i < count; i++)
    copies[i] = unconst(strings[i]);
  return copies;
}

static bool run_command(struct spark_session *session, Command *command, const char *doing, struct error *err)
{
  Plan plan = SPARK__CONNECT__PLAN__INIT;
  plan.op_type_case = SPARK__CONNECT__PLAN__OP_TYPE_COMMAND;
  plan.command = command;
  return session_execute(session, &plan, doing, NULL, NULL, err);
}

bool spark_execute(struct spark_session *session, const char *sql, struct error *err)
{
  struct query query;
  Spark__Connect__SqlCommand statement = SPARK__CONNECT__SQL_COMMAND__INIT;
  Command command = SPARK__CONNECT__COMMAND__INIT;
  fill_query(&query, sql);
  statement.input = &query.relation;
  command.command_type_case = SPARK__CONNECT__COMMAND__COMMAND_TYPE_SQL_COMMAND;
  command.sql_command = &statement;
  return run_command(session, &command, "run a statement", err);
}

/* results */

static bool take_rows(const ExecuteAnswer *answer, void *context, struct error *err)
{
  const Spark__Connect__ExecutePlanResponse__ArrowBatch *batch = answer->arrow_batch;
  struct text stream = { (const char *)batch->data.data, batch->data.len };
  return !batch->has_data || arrow_decode(stream, context, err);
}

bool spark_query(struct spark_session *session, struct arena *arena, const char *sql, struct table *ret_table,
                 struct error *err)
{
  struct query query;
  Plan plan = SPARK__CONNECT__PLAN__INIT;
  struct arrow_rows rows = { .arena = arena };
  fill_query(&query, sql);
  plan.op_type_case = SPARK__CONNECT__PLAN__OP_TYPE_ROOT;
  plan.root = &query.relation;
  TRY(session_execute(session, &plan, "run a query", take_rows, &rows, err));
  *ret_table = rows.table;
  return true;
}

bool spark_query_count(struct spark_session *session, const char *sql, uint64_t *ret_count, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct table table;
  TRY(spark_query(session, &scratch, sql, &table, err));
  const char *cell = table.n_rows == 1 && table.n_columns == 1 ? table.cells[0] : NULL;
  char *end = NULL;
  errno = 0;
  unsigned long long value = cell == NULL ? 0 : strtoull(cell, &end, 10);
  if (cell == NULL || errno != 0 || end == cell || *end != '\0' || cell[0] == '-')
    return fail(err, ERROR_ENVIRONMENT, NOWHERE, "Spark at \"%s\" gives no number where one was asked for",
                session->name);
  *ret_count = value;
  return true;
}

/* views */

static bool create_view(struct spark_session *session, const char *name, Relation *relation, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  Spark__Connect__CreateDataFrameViewCommand view = SPARK__CONNECT__CREATE_DATA_FRAME_VIEW_COMMAND__INIT;
  Command command = SPARK__CONNECT__COMMAND__INIT;
  view.input = relation;
  view.name = unconst(name);
  view.has_replace = view.replace = true;
  command.command_type_case = SPARK__CONNECT__COMMAND__COMMAND_TYPE_CREATE_DATAFRAME_VIEW;
  command.create_dataframe_view = &view;
  return run_command(session, &command, arena_printf(&scratch, "make the view \"%s\"", name), err);
}

/* Over a view the columns that Spark hides are out of reach: they are chosen where it is made. */
static bool create_projected_view(struct spark_session *session, const char *name, Relation *input,
                                  const struct spark_read *read, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  Spark__Connect__Project project = SPARK__CONNECT__PROJECT__INIT;
  Relation relation = SPARK__CONNECT__RELATION__INIT;
  Spark__Connect__Expression **expressions = arena_array(&scratch, read->n_expressions, sizeof(*expressions));
  for (size_t i = 0; i < read->n_expressions; i++) {
    Spark__Connect__Expression__ExpressionString *text = arena_alloc(&scratch, sizeof(*text));
    expressions[i] = arena_alloc(&scratch, sizeof(**expressions));
    spark__connect__expression__expression_string__init(text);
    spark__connect__expression__init(expressions[i]);
    text->expression = unconst(read->expressions[i]);
    expressions[i]->expr_type_case = SPARK__CONNECT__EXPRESSION__EXPR_TYPE_EXPRESSION_STRING;
    expressions[i]->expression_string = text;
  }
  project.input = input;
  project.expressions = expressions;
  project.n_expressions = read->n_expressions;
  relation.rel_type_case = SPARK__CONNECT__RELATION__REL_TYPE_PROJECT;
  relation.project = &project;
  return create_view(session, name, &relation, err);
}

bool spark_create_view(struct spark_session *session, const char *name, const struct spark_read *read,
                       struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  Spark__Connect__Read__DataSource source = SPARK__CONNECT__READ__DATA_SOURCE__INIT;
  Spark__Connect__Read reading = SPARK__CONNECT__READ__INIT;
  Relation relation = SPARK__CONNECT__RELATION__INIT;
  source.format = unconst(read->format);
  source.schema = unconst(read->schema);
  source.options = entries_of(&scratch, read->options, read->n_options);
  source.n_options = read->n_options;
  source.paths = strings_of(&scratch, read->paths, read->n_paths);
  source.n_paths = read->n_paths;
  reading.read_type_case = SPARK__CONNECT__READ__READ_TYPE_DATA_SOURCE;
  reading.data_source = &source;
  relation.rel_type_case = SPARK__CONNECT__RELATION__REL_TYPE_READ;
  relation.read = &reading;
  if (read->n_expressions > 0)
    return create_projected_view(session, name, &relation, read, err);
  return create_view(session, name, &relation, err);
}

/* writes */

static int32_t mode_of(const char *name)
{
  static const char *const modes[] = { "", "append", "overwrite", "error", "ignore" }; /* SaveMode's numbers */
  for (int32_t i = 1; i < (int32_t)ARRAY_LENGTH(modes); i++)
    if (strcmp(modes[i], name) == 0)
      return i;
  BUG("an unknown mode of writing");
}

bool spark_write(struct spark_session *session, const struct spark_write *write, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct query query;
  Spark__Connect__WriteOperation operation = SPARK__CONNECT__WRITE_OPERATION__INIT;
  Command command = SPARK__CONNECT__COMMAND__INIT;
  fill_query(&query, write->sql);
  operation.input = &query.relation;
  operation.source = unconst(write->format);
  operation.save_type_case = SPARK__CONNECT__WRITE_OPERATION__SAVE_TYPE_PATH;
  operation.path = unconst(write->path);
  operation.has_mode = true;
  operation.mode = mode_of(write->mode);
  operation.partitioning_columns = strings_of(&scratch, write->partition_by, write->n_partition_by);
  operation.n_partitioning_columns = write->n_partition_by;
  operation.options = entries_of(&scratch, write->options, write->n_options);
  operation.n_options = write->n_options;
  command.command_type_case = SPARK__CONNECT__COMMAND__COMMAND_TYPE_WRITE_OPERATION;
  command.write_operation = &operation;
  return run_command(session, &command, arena_printf(&scratch, "write to \"%s\"", write->path), err);
}
