/* Credentials and region from where Amazon's own tools look for them. */
#include "store/s3.h"

#include "base/file.h"
#include "base/secret.h"

#include <stdlib.h>

/* A variable that is set to nothing counts as not set. */
static const char *variable(const char *name)
{
  const char *value = getenv(name);
  return value == NULL || value[0] == '\0' ? NULL : value;
}

static const char *shared_file(struct arena *arena, const char *name, const char *below_home)
{
  const char *path = variable(name), *home = variable("HOME");
  if (path != NULL || home == NULL)
    return path;
  return path_join(arena, home, below_home);
}

/* "[default]" and, in the file config, "[profile other]" */
static bool is_section(struct text line, const char *profile)
{
  if (line.length < 2 || line.data[0] != '[' || line.data[line.length - 1] != ']')
    return false;
  struct text name = text_trim((struct text){ line.data + 1, line.length - 2 });
  if (text_starts_with(name, TEXT("profile ")))
    name = text_trim((struct text){ name.data + 8, name.length - 8 });
  return text_equal(name, text_from(profile));
}

static void take_setting(struct arena *arena, struct text line, struct s3_settings *settings)
{
  const struct {
    const char *name, **target;
  } known[] = {
    { "aws_access_key_id", &settings->access_key_id }, { "aws_secret_access_key", &settings->secret_access_key },
    { "aws_session_token", &settings->session_token }, { "region", &settings->region },
    { "endpoint_url", &settings->endpoint },
  };
  const char *equals = memchr(line.data, '=', line.length);
  if (equals == NULL)
    return;
  struct text name = text_trim((struct text){ line.data, (size_t)(equals - line.data) });
  struct text value = text_trim((struct text){ equals + 1, line.length - (size_t)(equals + 1 - line.data) });
  for (size_t i = 0; i < ARRAY_LENGTH(known); i++)
    if (text_equal(name, text_from(known[i].name)) && *known[i].target == NULL)
      *known[i].target = text_copy(arena, value);
}

/* Reads one profile of an INI file; a file that is not there has none. */
static bool read_profile(struct arena *arena, const char *path, const char *profile, struct s3_settings *settings,
                         bool *ret_found, struct error *err)
{
  enum { MOST = 1 << 20 };
  struct text text;
  bool is_in = false;
  if (path == NULL || !file_exists(path))
    return true;
  TRY(file_read(arena, path, MOST, ERROR_CONFIG, &text, err));
  while (text.length > 0) {
    const char *end = memchr(text.data, '\n', text.length);
    size_t length = end == NULL ? text.length : (size_t)(end - text.data);
    struct text line = text_trim((struct text){ text.data, length });
    if (line.length > 0 && line.data[0] == '[')
      is_in = is_section(line, profile);
    else if (is_in && line.length > 0 && line.data[0] != '#' && line.data[0] != ';')
      take_setting(arena, line, settings);
    *ret_found = *ret_found || is_in;
    text = end == NULL ? (struct text){ 0 } : (struct text){ end + 1, text.length - length - 1 };
  }
  return true;
}

static bool complete_from_profile(struct arena *arena, struct s3_settings *settings, struct error *err)
{
  const char *named = variable("AWS_PROFILE");
  const char *profile = named == NULL ? "default" : named;
  const char *credentials = shared_file(arena, "AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials");
  const char *config = shared_file(arena, "AWS_CONFIG_FILE", ".aws/config");
  struct s3_settings found = { 0 };
  bool is_found = false;
  TRY(read_profile(arena, credentials, profile, &found, &is_found, err));
  TRY(read_profile(arena, config, profile, &found, &is_found, err));
  if (!is_found && named != NULL && settings->access_key_id == NULL) {
    fail(err, ERROR_CONFIG, NOWHERE, "AWS_PROFILE is \"%s\", and no such profile is there", profile);
    return add_hint(err, "It was looked for in \"%s\" and \"%s\".", credentials == NULL ? "" : credentials,
                    config == NULL ? "" : config);
  }
  if (settings->access_key_id == NULL) {
    settings->access_key_id = found.access_key_id;
    settings->secret_access_key = found.secret_access_key;
    settings->session_token = found.session_token;
  }
  if (settings->region == NULL)
    settings->region = found.region;
  if (settings->endpoint == NULL)
    settings->endpoint = found.endpoint;
  return true;
}

bool s3_settings_complete(struct arena *arena, struct s3_settings *settings, struct error *err)
{
  const char *endpoint = variable("AWS_ENDPOINT_URL_S3");
  const char *region = variable("AWS_REGION");
  endpoint = endpoint == NULL ? variable("AWS_ENDPOINT_URL") : endpoint;
  region = region == NULL ? variable("AWS_DEFAULT_REGION") : region;
  if (variable("AWS_ACCESS_KEY_ID") != NULL || variable("AWS_SECRET_ACCESS_KEY") != NULL) {
    settings->access_key_id = variable("AWS_ACCESS_KEY_ID");
    settings->secret_access_key = variable("AWS_SECRET_ACCESS_KEY");
    settings->session_token = variable("AWS_SESSION_TOKEN");
  }
  if (endpoint != NULL)
    settings->endpoint = endpoint;
  if (region != NULL)
    settings->region = region;
  TRY(complete_from_profile(arena, settings, err));
  secret_add(text_from(settings->secret_access_key));
  secret_add(text_from(settings->session_token));
  if ((settings->access_key_id == NULL) != (settings->secret_access_key == NULL)) {
    fail(err, ERROR_CONFIG, NOWHERE, "of the S3 credentials only the %s is given",
         settings->access_key_id == NULL ? "secret key" : "access key");
    return add_hint(err, "Give both AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or neither.");
  }
  return true;
}
