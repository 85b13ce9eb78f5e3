#include "value/timezone.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define TZ_DIRECTORY "/usr/share/zoneinfo"
enum { US = 1000000, DAY_SECONDS = 86400, NAME_SIZE = 64, ABBREVIATION_SIZE = 12, MAX_FILE = 1 << 20 };

/* When daylight time begins or ends in a year, by a POSIX rule: Mm.w.d, Jn or n, and the time of day. */
struct rule_date {
  char kind; /* 'M', 'J' or '0' */
  int month, week, day;
  int32_t seconds; /* local time at which it happens */
};

/* What holds after the last transition: "EST5EDT,M3.2.0,M11.1.0". */
struct rule {
  bool has_daylight;
  int32_t standard, daylight; /* seconds east */
  char standard_name[ABBREVIATION_SIZE], daylight_name[ABBREVIATION_SIZE];
  struct rule_date start, end;
};

struct timezone {
  char name[NAME_SIZE];
  size_t n_transitions;
  int64_t *times;   /* seconds, ascending */
  int32_t *offsets; /* in force from times[i] on */
  const char **abbreviations;
  int32_t first_offset; /* before times[0] */
  const char *first_abbreviation;
  char *names; /* the file's abbreviations */
  struct rule rule;
  struct timezone *next;
};

static struct timezone *zones; /* all that were asked for; never freed, never changed once listed */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* POSIX rules */

static bool read_abbreviation(const char **at, char *ret_name)
{
  const char *start = *at;
  bool is_quoted = *start == '<';
  size_t length = 0;
  if (is_quoted)
    start++;
  while (start[length] != '\0' &&
         (is_quoted ? start[length] != '>' : (start[length] | 32) >= 'a' && (start[length] | 32) <= 'z'))
    length++;
  if (length == 0 || length >= ABBREVIATION_SIZE)
    return false;
  memcpy(ret_name, start, length);
  ret_name[length] = '\0';
  *at = start + length + is_quoted;
  return true;
}

/* [+-]h[h][:mm[:ss]] in seconds. */
static bool read_time(const char **at, int32_t *ret_seconds)
{
  int sign = **at == '-' ? -1 : 1;
  long parts[3] = { 0 };
  if (**at == '-' || **at == '+')
    (*at)++;
  for (size_t i = 0; i < 3; i++) {
    char *end;
    if (**at < '0' || **at > '9')
      return false;
    parts[i] = strtol(*at, &end, 10);
    *at = end;
    if (**at != ':')
      break;
    (*at)++;
  }
  *ret_seconds = sign * (int32_t)(parts[0] * 3600 + parts[1] * 60 + parts[2]);
  return true;
}

static bool read_rule_date(const char **at, struct rule_date *ret_date)
{
  char *end;
  *ret_date = (struct rule_date){ .kind = '0', .seconds = 2 * 3600 };
  if (**at != ',')
    return false;
  (*at)++;
  if (**at == 'M') {
    int used = 0;
    ret_date->kind = 'M';
    /* NOLINTNEXTLINE(cert-err34-c): three small numbers of digits, and their count is checked */
    if (sscanf(*at, "M%d.%d.%d%n", &ret_date->month, &ret_date->week, &ret_date->day, &used) != 3)
      return false;
    *at += used;
  } else {
    if (**at == 'J') {
      ret_date->kind = 'J';
      (*at)++;
    }
    ret_date->day = (int)strtol(*at, &end, 10);
    *at = end;
  }
  if (**at != '/')
    return true;
  (*at)++;
  return read_time(at, &ret_date->seconds);
}

static bool read_rule(const char *text, struct rule *ret_rule)
{
  struct rule rule = { 0 };
  int32_t west;
  if (!read_abbreviation(&text, rule.standard_name) || !read_time(&text, &west))
    return false;
  rule.standard = -west;
  if (*text != '\0') {
    rule.has_daylight = true;
    rule.daylight = rule.standard + 3600;
    if (!read_abbreviation(&text, rule.daylight_name))
      return false;
    if (*text != ',') {
      if (!read_time(&text, &west))
        return false;
      rule.daylight = -west;
    }
    if (!read_rule_date(&text, &rule.start) || !read_rule_date(&text, &rule.end))
      return false;
  }
  *ret_rule = rule;
  return true;
}

/* Local seconds since 1970 at which the date falls in a year. */
static int64_t rule_date_in(const struct rule_date *date, int64_t year)
{
  int64_t days;
  if (date->kind == 'M') {
    int64_t first = days_from_civil(year, date->month, 1);
    int weekday = weekday_from_days(first) % 7; /* 0 is Sunday, as POSIX counts */
    int day = (date->day - weekday + 7) % 7 + (date->week - 1) * 7;
    if (day >= days_in_month(year, date->month))
      day -= 7; /* week 5 is the last one */
    days = first + day;
  } else {
    int day = date->day - (date->kind == 'J');
    bool is_leap = days_in_month(year, 2) == 29;
    if (date->kind == 'J' && is_leap && date->day >= 60)
      day++;
    days = days_from_civil(year, 1, 1) + day;
  }
  return days * DAY_SECONDS + date->seconds;
}

static bool rule_is_daylight(const struct rule *rule, int64_t seconds)
{
  int64_t year;
  int month, day;
  if (!rule->has_daylight)
    return false;
  civil_from_days(floor_divide(seconds + rule->standard, DAY_SECONDS), &year, &month, &day);
  int64_t start = rule_date_in(&rule->start, year) - rule->standard;
  int64_t end = rule_date_in(&rule->end, year) - rule->daylight;
  return start < end ? seconds >= start && seconds < end : seconds >= start || seconds < end;
}

/* TZif files (RFC 8536) */

static int64_t read_big_endian(const unsigned char *bytes, size_t size)
{
  uint64_t value = (bytes[0] & 0x80) != 0 ? UINT64_MAX : 0;
  for (size_t i = 0; i < size; i++)
    value = value << 8 | bytes[i];
  return (int64_t)value;
}

struct header {
  size_t n_utc, n_standard, n_leaps, n_times, n_types, n_chars;
};

enum { HEADER_SIZE = 44 };

static bool read_header(const unsigned char *data, size_t size, struct header *ret_header)
{
  if (size < HEADER_SIZE || memcmp(data, "TZif", 4) != 0)
    return false;
  size_t counts[6];
  for (size_t i = 0; i < 6; i++)
    counts[i] = (size_t)(uint32_t)read_big_endian(data + 20 + 4 * i, 4);
  for (size_t i = 0; i < 6; i++)
    if (counts[i] > MAX_FILE)
      return false;
  *ret_header = (struct header){ counts[0], counts[1], counts[2], counts[3], counts[4], counts[5] };
  return true;
}

static size_t body_size(const struct header *header, size_t time_size)
{
  return header->n_times * (time_size + 1) + header->n_types * 6 + header->n_chars + header->n_leaps * (time_size + 4) +
         header->n_standard + header->n_utc;
}

/* `data` is the body with 64-bit times. */
static bool read_body(const unsigned char *data, const struct header *header, struct timezone *zone)
{
  const unsigned char *indexes = data + header->n_times * 8;
  const unsigned char *types = indexes + header->n_times;
  const char *chars = (const char *)(types + header->n_types * 6);
  if (header->n_types == 0 || header->n_chars == 0)
    return false;
  zone->names = checked_malloc(header->n_chars + 1);
  memcpy(zone->names, chars, header->n_chars);
  zone->names[header->n_chars] = '\0';
  zone->n_transitions = header->n_times;
  zone->times = checked_malloc((header->n_times + 1) * sizeof(*zone->times));
  zone->offsets = checked_malloc((header->n_times + 1) * sizeof(*zone->offsets));
  zone->abbreviations = checked_malloc((header->n_times + 1) * sizeof(*zone->abbreviations));
  zone->first_offset = (int32_t)read_big_endian(types, 4);
  zone->first_abbreviation = zone->names + (types[5] < header->n_chars ? types[5] : 0);
  for (size_t i = 0; i < header->n_times; i++) {
    size_t index = indexes[i];
    if (index >= header->n_types || types[index * 6 + 5] >= header->n_chars)
      return false;
    zone->times[i] = read_big_endian(data + i * 8, 8);
    zone->offsets[i] = (int32_t)read_big_endian(types + index * 6, 4);
    zone->abbreviations[i] = zone->names + types[index * 6 + 5];
  }
  return true;
}

static bool read_tzif(const unsigned char *data, size_t size, struct timezone *zone)
{
  struct header header;
  if (!read_header(data, size, &header) || data[4] < '2')
    return false;
  size_t skipped = HEADER_SIZE + body_size(&header, 4); /* 32-bit times: of no use */
  if (skipped > size || !read_header(data + skipped, size - skipped, &header))
    return false;
  const unsigned char *body = data + skipped + HEADER_SIZE;
  size_t length = body_size(&header, 8);
  if (length > size - skipped - HEADER_SIZE || !read_body(body, &header, zone))
    return false;
  const char *footer = (const char *)body + length;
  size_t left = size - skipped - HEADER_SIZE - length;
  char text[128];
  const char *end = left > 1 ? memchr(footer + 1, '\n', left - 1) : NULL;
  size_t footer_length = end == NULL ? 0 : (size_t)(end - footer - 1);
  if (footer_length >= sizeof(text))
    return false;
  memcpy(text, footer + 1, footer_length);
  text[footer_length] = '\0';
  if (footer_length > 0)
    return read_rule(text, &zone->rule);
  bool is_fixed = zone->n_transitions == 0;
  zone->rule.standard = is_fixed ? zone->first_offset : zone->offsets[zone->n_transitions - 1];
  snprintf(zone->rule.standard_name, ABBREVIATION_SIZE, "%s",
           is_fixed ? zone->first_abbreviation : zone->abbreviations[zone->n_transitions - 1]);
  return true;
}

static timezone_file *given_files; /* NULL: the machine's */

void timezone_take_files(timezone_file *find)
{
  given_files = find;
}

bool timezone_read_file(struct arena *arena, struct text name, struct text *ret_tzif)
{
  char path[256];
  snprintf(path, sizeof(path), TZ_DIRECTORY "/%.*s", TEXT_ARGS(name));
  int descriptor = open(path, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0)
    return false;
  struct stat status;
  bool is_read = false;
  if (fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0 && status.st_size < MAX_FILE) {
    size_t size = (size_t)status.st_size;
    char *data = arena_alloc(arena, size);
    is_read = read(descriptor, data, size) == (ssize_t)size;
    *ret_tzif = (struct text){ data, size };
  }
  close(descriptor);
  return is_read;
}

static bool load_file(struct text name, struct timezone *zone)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct text tzif = { 0 };
  bool is_found = given_files != NULL ? given_files(name, &tzif) : timezone_read_file(&scratch, name, &tzif);
  return is_found && read_tzif((const unsigned char *)tzif.data, tzif.length, zone);
}

/* Names */

static bool read_digits(const char **at, const char *end, int max, int *ret_value, int *ret_count)
{
  *ret_value = 0;
  for (*ret_count = 0; *at < end && *ret_count < max && **at >= '0' && **at <= '9'; (*at)++, (*ret_count)++)
    *ret_value = *ret_value * 10 + (**at - '0');
  return *ret_count > 0;
}

/* "+5", "+05:30", "-0530", "+05:30:15": up to 18 hours, as java.time.ZoneOffset; "+5:30" and "+05:3", too, to which
 * Spark adds the zero. */
static bool read_offset(struct text text, int32_t *ret_seconds)
{
  int parts[3] = { 0 };
  int n_digits[3] = { 0 };
  size_t n_parts = 0;
  if (text.length < 2 || (text.data[0] != '+' && text.data[0] != '-'))
    return false;
  const char *at = text.data + 1;
  const char *end = text.data + text.length;
  bool has_colon = memchr(text.data, ':', text.length) != NULL;
  do {
    if (n_parts > 0 && has_colon && *at++ != ':')
      return false;
    if (n_parts == 3 || !read_digits(&at, end, 2, &parts[n_parts], &n_digits[n_parts]))
      return false;
    n_parts++;
  } while (at < end);
  for (size_t i = has_colon ? 1 : 0; i < n_parts; i++)
    if (n_digits[i] == 1 && (has_colon ? i + 1 < n_parts : n_parts > 1))
      return false;
  int32_t total = parts[0] * 3600 + parts[1] * 60 + parts[2];
  if (parts[1] > 59 || parts[2] > 59 || total > 18 * 3600)
    return false;
  *ret_seconds = text.data[0] == '-' ? -total : total;
  return true;
}

static bool load_fixed(struct text name, struct timezone *zone)
{
  static const char *const prefixes[] = { "UTC", "GMT", "UT", "" };
  if (text_equal(name, TEXT("Z")))
    name = TEXT("UTC");
  for (size_t i = 0; i < ARRAY_LENGTH(prefixes); i++) {
    if (!text_starts_with(name, text_from(prefixes[i])))
      continue;
    size_t length = strlen(prefixes[i]);
    struct text offset = { name.data + length, name.length - length };
    zone->rule = (struct rule){ 0 };
    snprintf(zone->rule.standard_name, ABBREVIATION_SIZE, "%s", length == 0 ? "" : prefixes[i]);
    if (offset.length == 0 && length > 0)
      return true;
    if (!read_offset(offset, &zone->rule.standard))
      continue;
    snprintf(zone->rule.standard_name, ABBREVIATION_SIZE, "%.*s", (int)(name.length < 11 ? name.length : 11),
             name.data);
    return true;
  }
  return false;
}

/* The ids of three letters that java.util's ZoneId.SHORT_IDS maps, which Spark takes, too. */
static const struct {
  const char *name, *meant;
} short_names[] = {
  { "ACT", "Australia/Darwin" },
  { "AET", "Australia/Sydney" },
  { "AGT", "America/Argentina/Buenos_Aires" },
  { "ART", "Africa/Cairo" },
  { "AST", "America/Anchorage" },
  { "BET", "America/Sao_Paulo" },
  { "BST", "Asia/Dhaka" },
  { "CAT", "Africa/Harare" },
  { "CNT", "America/St_Johns" },
  { "CST", "America/Chicago" },
  { "CTT", "Asia/Shanghai" },
  { "EAT", "Africa/Addis_Ababa" },
  { "ECT", "Europe/Paris" },
  { "IET", "America/Indiana/Indianapolis" },
  { "IST", "Asia/Kolkata" },
  { "JST", "Asia/Tokyo" },
  { "MIT", "Pacific/Apia" },
  { "NET", "Asia/Yerevan" },
  { "NST", "Pacific/Auckland" },
  { "PLT", "Asia/Karachi" },
  { "PNT", "America/Phoenix" },
  { "PRT", "America/Puerto_Rico" },
  { "PST", "America/Los_Angeles" },
  { "SST", "Pacific/Guadalcanal" },
  { "VST", "Asia/Ho_Chi_Minh" },
  { "EST", "-05:00" },
  { "MST", "-07:00" },
  { "HST", "-10:00" },
};

static bool is_region_name(struct text name)
{
  if (name.length < 2 || name.length >= NAME_SIZE || name.data[0] < 'A' || name.data[0] > 'Z' || /* posix/, tables */
      memmem(name.data, name.length, "..", 2) != NULL)
    return false;
  for (size_t i = 0; i < name.length; i++) {
    char c = name.data[i];
    bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!is_letter && (i == 0 || !((c >= '0' && c <= '9') || strchr("/_+-~.", c) != NULL)))
      return false;
  }
  return true;
}

static void zone_free(struct timezone *zone)
{
  free(zone->times);
  free(zone->offsets);
  free(zone->abbreviations);
  free(zone->names);
  free(zone);
}

static struct timezone *load(struct text name)
{
  struct timezone *zone = checked_malloc(sizeof(*zone));
  *zone = (struct timezone){ 0 };
  memcpy(zone->name, name.data, name.length);
  struct text meant = name;
  for (size_t i = 0; i < ARRAY_LENGTH(short_names); i++)
    if (text_equal(name, text_from(short_names[i].name)))
      meant = text_from(short_names[i].meant);
  if (load_fixed(meant, zone) || (is_region_name(meant) && load_file(meant, zone)))
    return zone;
  zone_free(zone);
  return NULL;
}

const struct timezone *timezone_find(struct text name)
{
  /* Asked row by row, mostly for the name of the row before. */
  static _Thread_local const struct timezone *last;
  if (last != NULL && text_equal(text_from(last->name), name))
    return last;
  if (name.length == 0 || name.length >= NAME_SIZE || memchr(name.data, '\0', name.length) != NULL)
    return NULL;
  pthread_mutex_lock(&lock);
  struct timezone *zone = zones;
  while (zone != NULL && !text_equal(text_from(zone->name), name))
    zone = zone->next;
  if (zone == NULL && (zone = load(name)) != NULL) {
    zone->next = zones;
    zones = zone;
  }
  pthread_mutex_unlock(&lock);
  if (zone != NULL)
    last = zone;
  return zone;
}

const char *timezone_name(const struct timezone *zone)
{
  return zone->name;
}

/* Instants */

static size_t find_transition(const struct timezone *zone, int64_t seconds)
{
  size_t low = 0;
  size_t high = zone->n_transitions;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (zone->times[middle] <= seconds)
      low = middle + 1;
    else
      high = middle;
  }
  return low; /* how many are at or before */
}

static int32_t offset_at_seconds(const struct timezone *zone, int64_t seconds)
{
  size_t n = zone->n_transitions;
  if (n == 0 || seconds >= zone->times[n - 1])
    return rule_is_daylight(&zone->rule, seconds) ? zone->rule.daylight : zone->rule.standard;
  size_t passed = find_transition(zone, seconds);
  return passed == 0 ? zone->first_offset : zone->offsets[passed - 1];
}

int32_t timezone_offset_at(const struct timezone *zone, int64_t instant_us)
{
  if (zone->n_transitions == 0 && !zone->rule.has_daylight)
    return zone->rule.standard;
  return offset_at_seconds(zone, floor_divide(instant_us, US));
}

int64_t timezone_to_local(const struct timezone *zone, int64_t instant_us)
{
  int64_t local;
  int64_t offset = (int64_t)timezone_offset_at(zone, instant_us) * US;
  return __builtin_add_overflow(instant_us, offset, &local) ? instant_us : local;
}

/* No offset is over a day and no two transitions are within one: the offsets a day before and after the wall clock are
 * those on both sides of whatever transition is near. */
int64_t timezone_to_utc(const struct timezone *zone, int64_t local_us)
{
  if (zone->n_transitions == 0 && !zone->rule.has_daylight) {
    int64_t instant;
    return __builtin_sub_overflow(local_us, (int64_t)zone->rule.standard * US, &instant) ? local_us : instant;
  }
  int64_t seconds = floor_divide(local_us, US);
  int32_t before = offset_at_seconds(zone, seconds - DAY_SECONDS);
  int32_t after = offset_at_seconds(zone, seconds + DAY_SECONDS);
  int32_t offset = before;
  if (before != after) {
    bool fits_before = offset_at_seconds(zone, seconds - before) == before;
    bool fits_after = offset_at_seconds(zone, seconds - after) == after;
    /* Both: an overlap, the earlier offset is that before it. None: a gap, which is passed by the offset before it. */
    offset = !fits_before && fits_after ? after : before;
  }
  int64_t instant;
  return __builtin_sub_overflow(local_us, (int64_t)offset * US, &instant) ? local_us : instant;
}

const char *timezone_abbreviation(const struct timezone *zone, int64_t instant_us)
{
  int64_t seconds = floor_divide(instant_us, US);
  size_t n = zone->n_transitions;
  if (n == 0 || seconds >= zone->times[n - 1])
    return rule_is_daylight(&zone->rule, seconds) ? zone->rule.daylight_name : zone->rule.standard_name;
  size_t passed = find_transition(zone, seconds);
  return passed == 0 ? zone->first_abbreviation : zone->abbreviations[passed - 1];
}

/* All names */

struct name_list {
  char **items;
  size_t count, capacity;
};

static void list_directory(struct name_list *list, const char *below)
{
  char path[512];
  snprintf(path, sizeof(path), TZ_DIRECTORY "/%s", below);
  DIR *directory = opendir(path);
  if (directory == NULL)
    return;
  for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
    char name[300];
    struct stat status;
    if (entry->d_name[0] < 'A' || entry->d_name[0] > 'Z') /* posix/, right/, tables */
      continue;
    snprintf(name, sizeof(name), "%s%s%s", below, below[0] == '\0' ? "" : "/", entry->d_name);
    snprintf(path, sizeof(path), TZ_DIRECTORY "/%s", name);
    if (stat(path, &status) != 0)
      continue;
    if (S_ISDIR(status.st_mode)) {
      list_directory(list, name);
      continue;
    }
    if (list->items == NULL || list->count == list->capacity) {
      list->capacity = list->capacity == 0 ? 512 : list->capacity * 2;
      list->items = checked_realloc(list->items, size_multiply(list->capacity, sizeof(char *)));
    }
    size_t length = strlen(name) + 1;
    list->items[list->count] = checked_malloc(length);
    memcpy(list->items[list->count++], name, length);
  }
  closedir(directory);
}

const char *const *timezone_names(size_t *ret_count)
{
  static struct name_list list;
  pthread_mutex_lock(&lock);
  if (list.items == NULL) {
    list_directory(&list, "");
    if (list.items != NULL)
      qsort(list.items, list.count, sizeof(char *), compare_strings);
  }
  pthread_mutex_unlock(&lock);
  *ret_count = list.count;
  return (const char *const *)list.items;
}
