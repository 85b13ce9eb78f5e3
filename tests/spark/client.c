/* Lets a test speak to a Spark Connect server through engine/spark/session.h: a command a line on standard input, its
 * words between tabs, and an answer on standard output that ends in a line "ok" or "error". SIGUSR1 interrupts what
 * runs.
 *
 *   query SQL | count SQL | execute SQL | schema SQL | set KEY VALUE | get KEY | artifact NAME FILE
 *   source NAME DIRECTORY: a view of what describe_job has written there, its first source
 *   view NAME FORMAT SCHEMA PATH | progress | write SQL FORMAT MODE PATH [COLUMN...] */
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "engine/spark/session.h"

#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

enum { WORDS_MOST = 64 };

struct client {
  struct arena arena;
  struct spark_session *session;
  char *words[WORDS_MOST];
  size_t n_words;
};

static void print_table(const struct table *table)
{
  for (size_t row = 0; row < table->n_rows; row++)
    for (size_t i = 0; i < table->n_columns; i++) {
      const char *cell = table->cells[row * table->n_columns + i];
      printf("%s%s", cell == NULL ? "\xe2\x88\x85" : cell, i + 1 == table->n_columns ? "\n" : "\t");
    }
}

static bool do_query(struct client *client, struct error *err)
{
  struct table table;
  TRY(spark_query(client->session, &client->arena, client->words[1], &table, err));
  print_table(&table);
  return true;
}

static bool do_count(struct client *client, struct error *err)
{
  uint64_t count;
  TRY(spark_query_count(client->session, client->words[1], &count, err));
  printf("%" PRIu64 "\n", count);
  return true;
}

static bool do_execute(struct client *client, struct error *err)
{
  return spark_execute(client->session, client->words[1], err);
}

static bool do_schema(struct client *client, struct error *err)
{
  const char **names, **types;
  size_t count;
  TRY(spark_schema(client->session, &client->arena, client->words[1], &names, &types, &count, err));
  for (size_t i = 0; i < count; i++)
    printf("%s\t%s\n", names[i], types[i]);
  return true;
}

static bool do_set(struct client *client, struct error *err)
{
  return spark_set(client->session, client->words[1], client->words[2], err);
}

static bool do_get(struct client *client, struct error *err)
{
  const char *value;
  TRY(spark_get(client->session, &client->arena, client->words[1], &value, err));
  printf("%s\n", value == NULL ? "\xe2\x88\x85" : value);
  return true;
}

static bool do_artifact(struct client *client, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer bytes = { 0 };
  char part[65536];
  size_t length;
  FILE *file = fopen(client->words[2], "rb");
  if (file == NULL)
    return fail(err, ERROR_ENVIRONMENT, NOWHERE, "no file %s", client->words[2]);
  while ((length = fread(part, 1, sizeof(part), file)) > 0)
    text_buffer_add(&bytes, part, length);
  fclose(file);
  return spark_add_artifact(client->session, client->words[1], bytes.data, bytes.length, err);
}

static bool do_view(struct client *client, struct error *err)
{
  const char *options[] = { "header", "true" };
  const char *paths[] = { client->words[4] };
  const char *schema = client->words[3][0] == '\0' ? NULL : client->words[3];
  return spark_create_view(client->session, client->words[1],
                           &(struct spark_read){ .format = client->words[2],
                                                 .options = options,
                                                 .n_options = 1,
                                                 .schema = schema,
                                                 .paths = paths,
                                                 .n_paths = 1 },
                           err);
}

static bool read_part(struct client *client, const char *name, const char **ret_text, struct error *err)
{
  struct text text;
  const char *path = arena_printf(&client->arena, "%s/%s.0", client->words[2], name);
  TRY(file_read(&client->arena, path, SIZE_MAX, ERROR_ENVIRONMENT, &text, err));
  *ret_text = text.data;
  return true;
}

static bool do_source(struct client *client, struct error *err)
{
  const char *options[] = { "job", NULL, "schema", NULL, "files", NULL };
  for (size_t i = 0; i < ARRAY_LENGTH(options); i += 2)
    TRY(read_part(client, options[i], &options[i + 1], err));
  return spark_create_view(client->session, client->words[1],
                           &(struct spark_read){ .format = "crisol.spark.Source", .options = options, .n_options = 3 },
                           err);
}

static bool do_write(struct client *client, struct error *err)
{
  const char *partitions[WORDS_MOST];
  for (size_t i = 5; i < client->n_words; i++)
    partitions[i - 5] = client->words[i];
  return spark_write(client->session,
                     &(struct spark_write){ .sql = client->words[1],
                                            .format = client->words[2],
                                            .mode = client->words[3],
                                            .path = client->words[4],
                                            .partition_by = partitions,
                                            .n_partition_by = client->n_words - 5 },
                     err);
}

/* Tasks of the last statement. */
static bool do_progress(struct client *client, struct error *err)
{
  uint64_t done, known;
  (void)err;
  spark_progress(client->session, &done, &known);
  printf("%" PRIu64 "\t%" PRIu64 "\n", done, known);
  return true;
}

static const struct {
  const char *name;
  size_t least_words;
  bool (*run)(struct client *client, struct error *err);
} commands[] = {
  { "query", 2, do_query },   { "count", 2, do_count }, { "execute", 2, do_execute },   { "schema", 2, do_schema },
  { "set", 3, do_set },       { "get", 2, do_get },     { "artifact", 3, do_artifact }, { "view", 5, do_view },
  { "source", 3, do_source }, { "write", 5, do_write }, { "progress", 1, do_progress },
};

static void print_error(const struct client *client, const struct error *err)
{
  const struct spark_failure *failure = client->session == NULL ? NULL : spark_last_failure(client->session);
  printf("kind\t%s\nmessage\t%s\nhint\t%s\ncontext\t%s\n", error_kind_name(err->kind), err->message, err->hint,
         err->context);
  if (failure != NULL)
    printf("class\t%s\nsqlstate\t%s\njava\t%s\nroot\t%s\nlost\t%d\n", failure->error_class, failure->sqlstate,
           failure->java_class, failure->root_message, failure->is_lost);
  printf("error\n");
}

static void run_line(struct client *client, char *line)
{
  struct error err = { 0 };
  bool is_done = false;
  client->n_words = 0;
  line[strcspn(line, "\n")] = '\0';
  for (char *next = line; next != NULL && client->n_words < WORDS_MOST;)
    client->words[client->n_words++] = strsep(&next, "\t");
  for (size_t i = 0; i < ARRAY_LENGTH(commands); i++)
    if (strcmp(commands[i].name, client->words[0]) == 0 && client->n_words >= commands[i].least_words)
      is_done = commands[i].run(client, &err);
  if (is_done)
    printf("ok\n");
  else
    print_error(client, &err);
  fflush(stdout);
}

static void *interrupt_on_signal(void *context)
{
  struct client *client = context;
  sigset_t signals;
  int signal;
  sigemptyset(&signals);
  sigaddset(&signals, SIGUSR1);
  for (;;)
    if (sigwait(&signals, &signal) == 0)
      spark_session_interrupt(client->session);
  return NULL;
}

int main(void)
{
  struct client client = { 0 };
  struct spark_remote remote;
  struct error err = { 0 };
  pthread_t thread;
  sigset_t signals;
  char *line = NULL;
  size_t capacity = 0;
  log_setup((struct log_options){ .least = getenv("CLIENT_DEBUG") != NULL ? LOG_DEBUG : LOG_WARNING });
  sigemptyset(&signals);
  sigaddset(&signals, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &signals, NULL);
  if (!spark_remote_find(&client.arena, &(struct spark_settings){ 0 }, &remote, &err) ||
      !spark_session_open(&client.arena, &remote, &client.session, &err)) {
    print_error(&client, &err);
    arena_done(&client.arena);
    return error_exit_code(err.kind);
  }
  printf("%s\t%s\t%s\nok\n", spark_session_version(client.session), spark_session_id(client.session),
         spark_session_application(client.session));
  fflush(stdout);
  pthread_create(&thread, NULL, interrupt_on_signal, &client);
  while (getline(&line, &capacity, stdin) > 0)
    run_line(&client, line);
  free(line);
  pthread_cancel(thread);
  pthread_join(thread, NULL);
  spark_session_close(&client.session);
  arena_done(&client.arena);
  return 0;
}
