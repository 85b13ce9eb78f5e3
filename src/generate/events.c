/* Events: the distributions, errors and layout of the seed's generate_multi_format_data. Cities, sites and browsers are
 * from short lists, where the seed asks a library of thousands. */
#include "generate/generate_internal.h"

enum event_error { INVALID_ID, INVALID_USER_ID, SPAM_ACTION, NEGATIVE_DURATION, EXCESSIVE_PAGE_VIEWS };

static const char *const error_names[] = {
  [INVALID_ID] = "invalid_id",
  [INVALID_USER_ID] = "invalid_user_id",
  [SPAM_ACTION] = "spam_action",
  [NEGATIVE_DURATION] = "negative_duration",
  [EXCESSIVE_PAGE_VIEWS] = "excessive_page_views",
};

static const char *const actions[] = { "LOGIN", "LOGOUT", "PURCHASE", "VIEW", "CLICK", "SEARCH", "UNKNOWN" };
static const char *const devices[] = { "DESKTOP", "MOBILE", "TABLET", "TV", "UNKNOWN" };
static const char *const countries[] = {
  "AD", "AE", "AF", "AG", "AL", "AM", "AO", "AR", "AT", "AU", "AZ", "BA", "BB", "BD", "BE", "BF", "BG", "BH", "BI",
  "BJ", "BN", "BO", "BR", "BS", "BT", "BW", "BY", "BZ", "CA", "CD", "CF", "CG", "CH", "CI", "CL", "CM", "CN", "CO",
  "CR", "CU", "CV", "CY", "CZ", "DE", "DJ", "DK", "DM", "DO", "DZ", "EC", "EE", "EG", "ER", "ES", "ET", "FI", "FJ",
  "FM", "FR", "GA", "GB", "GD", "GE", "GH", "GM", "GN", "GQ", "GR", "GT", "GW", "GY", "HN", "HR", "HT", "HU", "ID",
  "IE", "IL", "IN", "IQ", "IR", "IS", "IT", "JM", "JO", "JP", "KE", "KG", "KH", "KM", "KP", "KR", "KW", "KZ", "LA",
  "LB", "LK", "LT", "LU", "LV", "MA", "MD", "ME", "MX", "MY", "NA", "NE", "NG", "NI", "NL", "NO", "NZ", "PA", "PE",
  "PH", "PL", "PT", "PY", "RO", "RS", "SE", "SK", "SV", "TR", "UA", "US", "UY", "VE",
};
static const char *const cities[] = {
  "Madrid",
  "Jaén",
  "León",
  "Córdoba",
  "Murcia",
  "Huelva",
  "Cantabria",
  "La Rioja",
  "Las Palmas",
  "Palencia",
  "Málaga",
  "Melilla",
  "A Coruña",
  "Castellón",
  "Ávila",
  "Cáceres",
  "East Ericside",
  "Lake Amyfort",
  "Justinborough",
  "Freemanshire",
  "Michellemouth",
  "Pittsfort",
  "Riddlemouth",
  "Cassidyland",
  "Samuelburgh",
  "West Kylefort",
  "Anthonyfurt",
  "Port Sherihaven",
  "New Shellyburgh",
  "O'Connorton",
  "Santos",
  "Sousa do Oeste",
  "Aparecida",
  "Porto de Goiás",
  "Cirino Paulista",
  "Fonseca da Mata",
  "São Paulo",
  "Conceição",
  "Brandão de Minas",
  "da Conceição",
};
static const char *const sites[] = {
  "mahoney.com", "www.shaffer.biz",      "logistica.es",   "dias.com",       "santiago.org",    "castro.gov.br",
  "chen.com",    "www.construccion.com", "www.thomas.com", "www.abreu.br",   "meza-lewis.info", "www.farrell-hayes.com",
  "vila.net",    "www.pujol.es",         "hernandez.com",  "www.moraes.net", "johnson.biz",     "www.da-cruz.com",
};

enum { ID_SIZE = 40, AGENT_SIZE = 192, YEAR = 31556736 /* s: 365.24 days, as the seed's "-1y" is */ };

struct event {
  char id[ID_SIZE], user[ID_SIZE], session[ID_SIZE], agent[AGENT_SIZE];
  int64_t timestamp_us;
  const char *action, *device;
  int64_t duration, page_views;
  int64_t conversion; /* in ten-thousandths, 0: none */
  uint32_t ip;
  const char *site; /* NULL: none */
  bool is_secure;
  const char *country, *city;  /* NULL: no place */
  int64_t latitude, longitude; /* in ten-millionths, in millionths of a degree */
};

static const char *choose(struct random *random, const char *const *words, size_t count)
{
  return words[random_between(random, 0, (int64_t)count - 1)];
}

#define CHOOSE(random, words) choose(random, words, ARRAY_LENGTH(words))

/* -- parts ------------------------------------------------------------------------------------------------------------
 */

/* A random UUID (version 4). */
static void fill_uuid(char *to, struct random *random, const char *digits)
{
  uint64_t words[2] = { random_next(random), random_next(random) };
  words[0] = (words[0] & ~UINT64_C(0xF000)) | UINT64_C(0x4000);
  words[1] = (words[1] & ~(UINT64_C(3) << 62)) | UINT64_C(1) << 63;
  for (int i = 0; i < 32; i++) {
    if (i == 8 || i == 12 || i == 16 || i == 20)
      *to++ = '-';
    *to++ = digits[words[i / 16] >> (60 - i % 16 * 4) & 15];
  }
  *to = '\0';
}

static void put_version(struct output *output, struct random *random)
{
  put_integer(output, random_between(random, 531, 536));
  put_char(output, '.');
  put_integer(output, random_between(random, 0, 2));
}

static void fill_agent(struct event *event, struct random *random)
{
  static const char *const systems[] = {
    "Windows NT 10.0; Win64; x64",
    "Windows NT 6.1",
    "Macintosh; Intel Mac OS X 10_11_7",
    "X11; Linux x86_64",
    "X11; Linux i686",
    "Linux; Android 14",
    "iPhone; CPU iPhone OS 17_3_1 like Mac OS X",
    "iPad; CPU iPad OS 9_3_6 like Mac OS X",
  };
  struct output output = { event->agent };
  put_literal(&output, "Mozilla/5.0 (");
  put_string(&output, CHOOSE(random, systems));
  put_literal(&output, ") AppleWebKit/");
  put_version(&output, random);
  put_literal(&output, " (KHTML, like Gecko) Chrome/");
  put_integer(&output, random_between(random, 13, 63));
  put_literal(&output, ".0.");
  put_integer(&output, random_between(random, 800, 899));
  put_literal(&output, ".0 Safari/");
  put_version(&output, random);
  put_char(&output, '\0');
}

static int64_t choose_duration(struct random *random)
{
  double share = random_real(random);
  if (share < 0.1)
    return 0;
  if (share < 0.5)
    return random_between(random, 1, 300);
  return share < 0.8 ? random_between(random, 300, 1800) : random_between(random, 1800, 7200);
}

static int64_t choose_page_views(struct random *random, int64_t duration)
{
  if (duration == 0)
    return 1;
  if (duration < 300)
    return random_between(random, 1, 5);
  return duration < 1800 ? random_between(random, 3, 15) : random_between(random, 10, 50);
}

static void fill_place(struct event *event, struct random *random)
{
  event->country = NULL;
  if (random_real(random) <= 0.2)
    return;
  event->country = CHOOSE(random, countries);
  event->city = CHOOSE(random, cities);
  event->latitude = random_between(random, -180000000, 180000000) * 5; /* half of a coordinate to ±180 */
  event->longitude = random_between(random, -180000000, 180000000);
}

static void fill(struct event *event, struct random *random, int64_t now_us)
{
  struct output output = { event->user };
  event->timestamp_us = now_us - 1 - (int64_t)random_below(random, (uint64_t)YEAR * 1000000);
  event->duration = choose_duration(random);
  event->page_views = choose_page_views(random, event->duration);
  event->action = CHOOSE(random, actions);
  event->conversion = strcmp(event->action, "PURCHASE") == 0 ? random_between(random, 100000, 50000000) : 0;
  event->device = CHOOSE(random, devices);
  fill_uuid(event->id, random, "0123456789ABCDEF");
  put_literal(&output, "CUST-");
  put_integer(&output, random_between(random, 100000, 999999));
  put_char(&output, '\0');
  fill_agent(event, random);
  event->ip = (uint32_t)(random_next(random) >> 32);
  fill_uuid(event->session, random, "0123456789abcdef");
  event->site = random_real(random) > 0.3 ? CHOOSE(random, sites) : NULL;
  event->is_secure = random_between(random, 0, 1) == 1;
  fill_place(event, random);
}

static void plant(struct event *event, enum event_error error, struct random *random)
{
  struct output output = { error == INVALID_ID ? event->id : event->user };
  switch (error) {
  case INVALID_ID:
    put_literal(&output, "INVALID-");
    put_integer(&output, random_between(random, 1000, 9999));
    put_char(&output, '\0');
    break;
  case INVALID_USER_ID:
    put_literal(&output, "INV-");
    put_integer(&output, random_between(random, 100, 999));
    put_char(&output, '\0');
    break;
  case SPAM_ACTION:
    event->action = "SPAM";
    break;
  case NEGATIVE_DURATION:
    event->duration = -random_between(random, 1, 1000);
    break;
  case EXCESSIVE_PAGE_VIEWS:
    event->page_views = random_between(random, 1001, 5000);
    break;
  }
}

/* -- layout -----------------------------------------------------------------------------------------------------------
 */

/* As Python's isoformat: a fraction only where there is one. */
static void put_timestamp(struct output *output, int64_t us)
{
  int64_t seconds = us >= 0 ? us / 1000000 : -((999999 - us) / 1000000);
  uint64_t fraction = (uint64_t)(us - seconds * 1000000);
  put_seconds(output, seconds, 'T');
  if (fraction > 0) {
    put_char(output, '.');
    put_padded(output, fraction, 6);
  }
  put_char(output, 'Z');
}

static void put_metadata(struct output *output, const struct event *event)
{
  put_literal(output, ", \"metadata\": {\"user_agent\": \"");
  put_string(output, event->agent);
  put_literal(output, "\", \"ip_address\": \"");
  for (int shift = 24; shift >= 0; shift -= 8) {
    put_integer(output, event->ip >> shift & 255);
    put_char(output, shift > 0 ? '.' : '"');
  }
  put_literal(output, ", \"session_id\": \"");
  put_string(output, event->session);
  put_literal(output, "\", \"referrer\": ");
  if (event->site == NULL) {
    put_literal(output, "null}");
    return;
  }
  put_string(output, event->is_secure ? "\"https://" : "\"http://");
  put_string(output, event->site);
  put_literal(output, "/\"}");
}

static void put_place(struct output *output, const struct event *event)
{
  put_literal(output, ", \"geo_location\": ");
  if (event->country == NULL) {
    put_literal(output, "null");
    return;
  }
  put_literal(output, "{\"country\": \"");
  put_string(output, event->country);
  put_literal(output, "\", \"city\": \"");
  put_string(output, event->city);
  put_literal(output, "\", \"latitude\": ");
  put_float(output, event->latitude, 7);
  put_literal(output, ", \"longitude\": ");
  put_float(output, event->longitude, 6);
  put_char(output, '}');
}

static void put_event(struct output *output, const struct event *event)
{
  put_literal(output, "{\"id\": \"");
  put_string(output, event->id);
  put_literal(output, "\", \"user_id\": \"");
  put_string(output, event->user);
  put_literal(output, "\", \"timestamp\": \"");
  put_timestamp(output, event->timestamp_us);
  put_literal(output, "\", \"event_type\": \"");
  put_string(output, event->action);
  put_literal(output, "\", \"session_duration\": ");
  put_integer(output, event->duration);
  put_literal(output, ", \"page_views\": ");
  put_integer(output, event->page_views);
  put_literal(output, ", \"conversion_value\": ");
  if (event->conversion > 0)
    put_float(output, event->conversion, 4);
  else
    put_literal(output, "null");
  put_literal(output, ", \"device_type\": \"");
  put_string(output, event->device);
  put_char(output, '"');
  put_metadata(output, event);
  put_place(output, event);
  put_literal(output, "}\n");
}

static void write_event(struct batch *batch, struct output *output)
{
  struct event *recent = batch->recent;
  size_t index;
  if (batch_choose_repeated(batch, &index)) {
    put_event(output, &recent[index]);
    return;
  }
  struct event event;
  fill(&event, &batch->random, batch->options->now_us);
  int error = batch_choose_error(batch, ARRAY_LENGTH(error_names));
  if (error != NO_ERROR)
    plant(&event, (enum event_error)error, &batch->random);
  else
    recent[batch_add_recent(batch)] = event;
  put_event(output, &event);
}

const struct generate_kind generate_events = {
  .name = "events",
  .file_prefix = "events_batch_",
  .file_suffix = ".json",
  .errors = error_names,
  .n_errors = ARRAY_LENGTH(error_names),
  .rows = 500000,
  .rows_per_file = 25000,
  .error_rate = 0.03,
  .recent_size = sizeof(struct event),
  .write_row = write_event,
};
