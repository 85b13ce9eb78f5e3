/* env.yml and database.yml: what belongs to a machine, not to a dataset. */
#include "config/tables.h"

#include <stdlib.h>
#include <unistd.h>

const char *const engine_names[] = { "duckdb", "spark", NULL };
static const char *const drivers[] = { "postgresql", "duckdb", NULL };
static const char *const ssl_modes[] = { "disable", "allow", "prefer", "require", "verify-ca", "verify-full", NULL };

#define ENV(name) offsetof(struct environment, name)

static void read_timezone(struct reading *reading, const struct node *node, void *target)
{
  read_timezone_name(reading, node, &((struct environment *)target)->timezone);
}

/* "4GB", "512 MiB", "80%": as DuckDB takes it. */
static void read_memory_limit(struct reading *reading, const struct node *node, void *target)
{
  static const char *const units[] = { "B", "KB", "MB", "GB", "TB", "KiB", "MiB", "GiB", "TiB", "%" };
  struct config_text text;
  char *end = NULL;
  if (!read_text(reading, node, "memory_limit", &text))
    return;
  double value = strtod(text.value, &end);
  while (*end == ' ')
    end++;
  for (size_t i = 0; i < ARRAY_LENGTH(units); i++)
    if (end != text.value && value > 0 && text_equal_nocase(text_from(end), text_from(units[i]))) {
      ((struct environment *)target)->duckdb.memory_limit = text.value;
      return;
    }
  problem_at(reading->problems, node->place, "memory_limit is \"%s\", an amount such as 4GB or 80%% was expected",
             text.value);
}

static const struct key duckdb_keys[] = {
  { .name = "memory_limit",
    .kind = KEY_CUSTOM,
    .read = read_memory_limit,
    .if_absent = "80% of memory",
    .example = "4GB",
    .doc = "What the engine may hold in memory; past it, it spills to temp_directory." },
  { .name = "threads",
    .kind = KEY_INTEGER,
    .offset = ENV(duckdb.threads),
    .least = 1,
    .most = 1024,
    .if_absent = "all processors",
    .example = "4",
    .doc = "Threads of the engine." },
  { .name = "temp_directory",
    .kind = KEY_STRING,
    .offset = ENV(duckdb.temp_directory),
    .if_absent = "the state directory",
    .example = "/var/tmp",
    .doc = "Where the engine spills." },
};
static const struct key_table duckdb_table = {
  .name = "duckdb", KEY_TABLE(duckdb_keys), .size = sizeof(struct environment), .place_offset = NO_PLACE
};

/* Any prefix of a path may be a mount: { "s3a://raw": ./lake/raw }. */
static void read_mounts(struct reading *reading, const struct node *node, void *target)
{
  struct environment *env = target;
  if (node->kind != NODE_MAPPING) {
    problem_at(reading->problems, node->place, "mounts is %s, a mapping was expected", node_kind_name(node));
    return;
  }
  env->mounts = arena_array(reading->arena, node->n_entries + 1, sizeof(*env->mounts));
  for (size_t i = 0; i < node->n_entries; i++) {
    const struct node *key = node->entries[i].key;
    struct mount *mount = &env->mounts[env->n_mounts];
    if (strncmp(key->value, "s3a://", 6) != 0 && strncmp(key->value, "s3://", 5) != 0) {
      struct problem *problem = problem_at(reading->problems, key->place, "mount \"%s\" is no bucket", key->value);
      add_hint(&problem->error, "It begins with s3a:// or s3://, such as \"s3a://raw\".");
      continue;
    }
    if (!read_text(reading, node->entries[i].value, "mount", &mount->directory))
      continue;
    mount->prefix = (struct config_text){ .value = key->value, .place = key->place };
    env->n_mounts++;
  }
}

/* Entries of the session's configuration, as Spark names them: { spark.sql.shuffle.partitions: 16 }. */
static void read_spark_config(struct reading *reading, const struct node *node, void *target)
{
  struct environment *env = target;
  if (node->kind != NODE_MAPPING) {
    problem_at(reading->problems, node->place, "spark.config is %s, a mapping was expected", node_kind_name(node));
    return;
  }
  env->spark.config = arena_array(reading->arena, node->n_entries + 1, sizeof(*env->spark.config));
  for (size_t i = 0; i < node->n_entries; i++) {
    struct config_text value;
    if (read_text(reading, node->entries[i].value, "entry of spark.config", &value))
      env->spark.config[env->spark.n_config++] =
          (struct spark_entry){ .key = node->entries[i].key->value, .value = value };
  }
}

static const struct key spark_keys[] = {
  { .name = "remote",
    .kind = KEY_TEXT,
    .offset = ENV(spark.remote),
    .example = "\"sc://localhost:15002\"",
    .doc = "The cluster's Spark Connect server; SPARK_REMOTE wins." },
  { .name = "token",
    .kind = KEY_TEXT,
    .offset = ENV(spark.token),
    .example = "${SPARK_TOKEN}",
    .doc = "Bearer token; one in the address wins." },
  { .name = "config",
    .kind = KEY_CUSTOM,
    .read = read_spark_config,
    .example = "{ spark.sql.shuffle.partitions: 16 }",
    .doc = "Entries of the session's configuration." },
};
static const struct key_table spark_table = {
  .name = "spark", KEY_TABLE(spark_keys), .size = sizeof(struct environment), .place_offset = NO_PLACE
};

static void read_path_style(struct reading *reading, const struct node *node, void *target)
{
  struct environment *env = target;
  env->has_path_style = read_boolean(reading, node, "path_style", &env->s3.path_style);
}

static const struct key s3_keys[] = {
  { .name = "endpoint",
    .kind = KEY_STRING,
    .offset = ENV(s3.endpoint),
    .if_absent = "Amazon's",
    .example = "http://localhost:9000",
    .doc = "URL of the server; AWS_ENDPOINT_URL wins." },
  { .name = "access_key_id",
    .kind = KEY_STRING,
    .offset = ENV(s3.access_key_id),
    .if_absent = "the profile's",
    .example = "minio",
    .doc = "Access key; AWS_ACCESS_KEY_ID wins." },
  { .name = "secret_access_key",
    .kind = KEY_STRING,
    .offset = ENV(s3.secret_access_key),
    .if_absent = "the profile's",
    .example = "${MINIO_SECRET}",
    .doc = "Secret key; better by AWS_SECRET_ACCESS_KEY or a profile." },
  { .name = "session_token",
    .kind = KEY_STRING,
    .offset = ENV(s3.session_token),
    .example = "${TOKEN}",
    .doc = "Token of temporary credentials; AWS_SESSION_TOKEN wins." },
  { .name = "region",
    .kind = KEY_STRING,
    .offset = ENV(s3.region),
    .if_absent = "us-east-1",
    .example = "eu-west-1",
    .doc = "Region that requests are signed for; AWS_REGION wins." },
  { .name = "path_style",
    .kind = KEY_CUSTOM,
    .read = read_path_style,
    .if_absent = "true with an endpoint",
    .example = "true",
    .doc = "Whether the bucket is part of the URL's path rather than of its host." },
};
static const struct key_table s3_table = {
  .name = "s3", KEY_TABLE(s3_keys), .size = sizeof(struct environment), .place_offset = NO_PLACE
};

static const struct key environment_keys[] = {
  { .name = "timezone",
    .kind = KEY_CUSTOM,
    .read = read_timezone,
    .if_absent = "UTC",
    .example = "America/Bogota",
    .doc = "Zone of datasets that name none." },
  { .name = "engine",
    .kind = KEY_WORD,
    .offset = ENV(engine),
    .choices = engine_names,
    .if_absent = "duckdb",
    .example = "duckdb",
    .doc = "Engine that runs the plans." },
  { .name = "duckdb",
    .kind = KEY_MAPPING,
    .table = &duckdb_table,
    .example = "{ memory_limit: 4GB }",
    .doc = "The embedded engine." },
  { .name = "mounts",
    .kind = KEY_CUSTOM,
    .read = read_mounts,
    .example = "{ \"s3a://raw\": ./lake/raw }",
    .doc = "Directories that stand for buckets." },
  { .name = "state",
    .kind = KEY_STRING,
    .offset = ENV(state),
    .if_absent = "./.crisol",
    .example = "./.crisol",
    .doc = "Directory for what crisol keeps for itself." },
  { .name = "spark",
    .kind = KEY_MAPPING,
    .table = &spark_table,
    .example = "{ remote: \"sc://localhost:15002\" }",
    .doc = "The cluster of engine: spark." },
  { .name = "s3",
    .kind = KEY_MAPPING,
    .table = &s3_table,
    .example = "{ endpoint: \"http://localhost:9000\" }",
    .doc = "Object storage, of the buckets that no mount serves." },
};
const struct key_table environment_table = {
  .name = "env.yml", KEY_TABLE(environment_keys), .size = sizeof(struct environment), .place_offset = NO_PLACE
};

#define DATABASE(name) offsetof(struct database_config, name)

static const struct key pool_keys[] = {
  { .name = "min_size",
    .kind = KEY_INTEGER,
    .offset = DATABASE(pool.min_size),
    .least = 0,
    .most = 1000,
    .if_absent = "1",
    .example = "1",
    .doc = "Read and changes nothing: a run is one transaction, for which it takes one connection." },
  { .name = "max_size",
    .kind = KEY_INTEGER,
    .offset = DATABASE(pool.max_size),
    .least = 1,
    .most = 1000,
    .if_absent = "4",
    .example = "4",
    .doc = "The same." },
  { .name = "connect_timeout",
    .kind = KEY_INTEGER,
    .offset = DATABASE(pool.connect_timeout),
    .least = 1,
    .most = 3600,
    .if_absent = "10",
    .example = "10",
    .doc = "Seconds to wait for a connection." },
  { .name = "idle_timeout",
    .kind = KEY_INTEGER,
    .offset = DATABASE(pool.idle_timeout),
    .least = 0,
    .most = 86400,
    .if_absent = "300",
    .example = "300",
    .doc = "The same: the connection is closed when the run ends." },
};
static const struct key_table pool_table = {
  .name = "pool", KEY_TABLE(pool_keys), .size = sizeof(struct database_config), .place_offset = NO_PLACE
};

static void check_database(struct reading *reading, const struct node *node, void *target)
{
  const struct database_config *database = target;
  struct place place = node->place;
  place.length = 1;
  if (!reading->is_template && database->driver == DATABASE_POSTGRESQL)
    connection_check(reading, database);
  if (reading->is_template || database->driver != DATABASE_DUCKDB || database->path.value != NULL)
    return;
  struct problem *problem = problem_at(reading->problems, place, "driver: duckdb lacks the key \"path\"");
  add_hint(&problem->error, "Such as path: ./lake/warehouse.duckdb");
}

static void read_ssl_mode(struct reading *reading, const struct node *node, void *target)
{
  int index;
  if (read_choice(reading, node, "sslmode", ssl_modes, &index))
    ((struct database_config *)target)->sslmode =
        (struct config_text){ .value = ssl_modes[index], .place = node->place };
}

static const struct key database_keys[] = {
  { .name = "driver",
    .kind = KEY_CHOICE,
    .offset = DATABASE(driver),
    .choices = drivers,
    .if_absent = "postgresql",
    .example = "duckdb",
    .doc = "postgresql is a server; duckdb is one file and needs none." },
  { .name = "path",
    .kind = KEY_TEXT,
    .offset = DATABASE(path),
    .example = "./lake/warehouse.duckdb",
    .doc = "The file of driver duckdb." },
  { .name = "host",
    .kind = KEY_TEXT,
    .offset = DATABASE(host),
    .if_absent = "PGHOST, else the local socket",
    .example = "localhost",
    .doc = "Host of the server." },
  { .name = "port",
    .kind = KEY_INTEGER,
    .offset = DATABASE(port),
    .least = 1,
    .most = 65535,
    .if_absent = "PGPORT, else 5432",
    .example = "5432",
    .doc = "Port of the server." },
  { .name = "database",
    .kind = KEY_TEXT,
    .offset = DATABASE(database),
    .example = "data_warehouse",
    .if_absent = "PGDATABASE, else the role's name",
    .doc = "Name of the database, or a URI such as postgresql://db.example.com/warehouse." },
  { .name = "user",
    .kind = KEY_TEXT,
    .offset = DATABASE(user),
    .if_absent = "PGUSER",
    .example = "crisol",
    .doc = "Role to connect as." },
  { .name = "password",
    .kind = KEY_TEXT,
    .offset = DATABASE(password),
    .example = "${PGPASSWORD}",
    .if_absent = "PGPASSWORD, else .pgpass",
    .doc = "Its password; better by password_env or .pgpass." },
  { .name = "password_env",
    .kind = KEY_TEXT,
    .offset = DATABASE(password_env),
    .example = "PGPASSWORD",
    .doc = "Environment variable that holds the password." },
  { .name = "sslmode",
    .kind = KEY_CUSTOM,
    .read = read_ssl_mode,
    .choices = ssl_modes,
    .if_absent = "prefer",
    .example = "verify-full",
    .doc = "As libpq's sslmode." },
  { .name = "pool",
    .kind = KEY_MAPPING,
    .table = &pool_table,
    .example = "{ max_size: 4 }",
    .doc = "Of connections, as other programs read it; of it connect_timeout is used." },
  { .name = "retries",
    .kind = KEY_INTEGER,
    .offset = DATABASE(retries),
    .least = 0,
    .most = 100,
    .if_absent = "3",
    .example = "3",
    .doc = "How often a failed transaction is tried again." },
  { .name = "lock_timeout",
    .kind = KEY_INTEGER,
    .offset = DATABASE(lock_timeout),
    .least = 1,
    .most = 86400,
    .if_absent = "60",
    .example = "60",
    .doc = "Seconds to wait for what others have locked: the gold table that another run writes (then exit code 4), or "
           "that readers and writers use while it has to be changed (then 3)." },
};

const struct key_table database_table = { .name = "database.yml, one environment",
                                          KEY_TABLE(database_keys),
                                          .size = sizeof(struct database_config),
                                          .check = check_database,
                                          .place_offset = DATABASE(place) };

size_t environment_threads(const struct environment *env)
{
  long processors = sysconf(_SC_NPROCESSORS_ONLN);
  if (env->duckdb.threads > 0)
    return (size_t)env->duckdb.threads;
  return processors > 0 ? (size_t)processors : 1;
}
