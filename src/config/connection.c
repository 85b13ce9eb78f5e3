/* What database.yml says of a server, looked at before libpq does: its own messages repeat a malformed connection
 * string with the password in it, and a string that it misreads may become a name that the server repeats. None of the
 * problems found here shows the string. */
#include "config/tables.h"

#include <ctype.h>

static const char *const schemes[] = { "postgresql://", "postgres://" };

/* Behind the scheme; NULL where the text has none of libpq's. */
static const char *skip_scheme(const char *text)
{
  for (size_t i = 0; i < ARRAY_LENGTH(schemes); i++)
    if (strncmp(text, schemes[i], strlen(schemes[i])) == 0)
      return text + strlen(schemes[i]);
  return NULL;
}

static bool is_percent_encoded(const char *text)
{
  for (const char *at = strchr(text, '%'); at != NULL; at = strchr(at + 1, '%'))
    if (hex_digit(at[1]) < 0 || hex_digit(at[2]) < 0 || (at[1] == '0' && at[2] == '0'))
      return false;
  return true;
}

/* What is wrong with a URI, of which libpq reads a password up to the first "@", before the first "/". */
static const char *find_uri_fault(const char *rest)
{
  size_t end = strcspn(rest, "?");
  const char *first = memchr(rest, '@', end);
  const char *slash = memchr(rest, '/', end);
  if (first != NULL && ((slash != NULL && slash < first) || memchr(first + 1, '@', (size_t)(rest + end - first - 1))))
    return "its password or name holds a \"/\" or \"@\" that is not percent-encoded";
  if (first == NULL && strchr(rest + end, '@') != NULL && strchr(rest, ':') != NULL && strchr(rest, '=') == NULL)
    return "its password holds a \"?\" that is not percent-encoded";
  return is_percent_encoded(rest) ? NULL : "a \"%\" in it begins no percent-encoded byte";
}

/* "host=a password='b c'": every word is a keyword, "=" and a value. */
static const char *find_keyword_fault(const char *text)
{
  while (*(text += strspn(text, " \t\r\n")) != '\0') {
    const char *start = text;
    while (isalnum((unsigned char)*text) != 0 || *text == '_')
      text++;
    text += strspn(text, " \t\r\n");
    if (*text != '=' || text == start)
      return "a word of it is no keyword=value; a value that holds blanks stands in single quotes";
    text += 1 + strspn(text + 1, " \t\r\n");
    bool is_quoted = *text == '\'';
    text += is_quoted;
    while (*text != '\0' && (is_quoted ? *text != '\'' : isspace((unsigned char)*text) == 0))
      text += text[0] == '\\' && text[1] != '\0' ? 2 : 1;
    if (is_quoted && *text++ != '\'')
      return "a quote in it is not closed";
  }
  return NULL;
}

static const char *find_fault(const char *text)
{
  const char *rest = skip_scheme(text);
  const char *colon = strchr(text, ':');
  if (rest != NULL)
    return find_uri_fault(rest);
  if (strstr(text, "://") != NULL || (colon != NULL && strchr(colon, '@') != NULL && strchr(text, '=') == NULL))
    return "it seems to be a URI, but does not begin with postgresql://";
  return strchr(text, '=') != NULL ? find_keyword_fault(text) : NULL;
}

static void report(struct reading *reading, const struct config_text *value, const char *key, const char *fault)
{
  struct place place = value->place;
  place.length = 1;
  struct problem *problem = problem_at(reading->problems, place, "the %s cannot be read: %s", key, fault);
  error_cut_excerpt(&problem->error);
  add_hint(&problem->error, "In a URI write @ as %%40, / as %%2F, : as %%3A, %% as %%25; or give the password under "
                            "password_env.");
}

void connection_check(struct reading *reading, const struct database_config *database)
{
  const char *fault = database->database.value == NULL ? NULL : find_fault(database->database.value);
  if (fault != NULL)
    report(reading, &database->database, "connection string under \"database\"", fault);
  const char *host = database->host.value;
  if (host != NULL && host[0] != '@' && host[0] != '/' && strpbrk(host, "@=/ ") != NULL)
    report(reading, &database->host, "host",
           "it is a name, an address or a socket's directory; a connection string stands under database");
}
