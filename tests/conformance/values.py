"""What expressions are made of beside functions: types, their extremes, and the texts that single arguments want."""


def cast(type_name, *texts):
    return [f"CAST('{text}' AS {type_name.upper()})" for text in texts]


def null(type_name):
    return f"CAST(NULL AS {type_name.upper()})" if type_name not in COMPUTED else COMPUTED[type_name]


# Types that no cast leads to.
COMPUTED = {"interval": "make_interval(CAST(NULL AS INT))"}

TEXTS = ["", " ", "  ", "abc", "ABC", "aBc dEf", "ñandú", "🎉a", "a🎉b", "Straße", "İI", "e\u0301", "ﬁx", "日本語", "a,b,c", "x=1&y=2",
         "  12.5  ", "12.5", "-42", "+5", ".5", "5.", "1e3", "1E-400", "0x1F", "007", "NaN", "Infinity", "-inf", "-0.0", "true", "f",
         "No", "9223372036854775807", "9223372036854775808", "-32769", "2024-01-15", "2024-1-5", "2024-01-15 10:30:45.123456",
         "2024-02-30", "0001-01-01", "9999-12-31 23:59:59.999999", "10:30", "2024-01-15T10:30:45Z", "2024-03-10 02:30:00 America/New_York",
         "\\t7\\n", '{"a":1,"b":[1,2,null]}', "[1,2,3]", "null", "https://user:pw@spark.apache.org:80/p/q?x=1&y=a%20b#ref", "a%20b+c",
         "%", "_", "a\\\\b", "1-2", "1 day", "U3Bhcms=", "616263", "zz", "4111111111111111"]
DATES = ["0001-01-01", "1582-10-04", "1582-10-15", "1899-12-31", "1900-01-01", "1969-12-31", "1970-01-01", "2000-02-29", "2024-01-15",
         "2024-01-31", "2024-02-29", "2023-12-31", "2024-12-30", "9999-12-31"]
# Two of them fall into gaps and overlaps of each of the zones.
MOMENTS = ["0001-01-01 00:00:00", "1582-10-04 23:59:59.999999", "1582-10-15 00:00:00", "1883-11-18 12:00:00", "1900-01-01 00:00:00",
           "1969-12-31 23:59:59.999999", "1970-01-01 00:00:00", "2000-02-29 12:34:56.789", "2024-01-15 10:30:45.123456",
           "2024-03-10 02:30:00", "2024-11-03 01:30:00", "2018-11-04 00:30:00", "2018-02-17 23:30:00", "2024-10-06 02:15:00",
           "2024-04-07 01:45:00", "2024-12-31 23:59:59", "9999-12-31 23:59:59.999999"]

EXTREMES = {
    "boolean": ["true", "false"],
    "tinyint": cast("tinyint", "-128", "127", "0", "1", "-1", "7"),
    "smallint": cast("smallint", "-32768", "32767", "0", "1", "-1", "256"),
    "int": cast("int", "-2147483648", "2147483647", "0", "1", "-1", "7", "-42", "65536") + ["0", "1", "2", "3", "5", "-1", "100", "2024"],
    "bigint": cast("bigint", "-9223372036854775808", "9223372036854775807", "0", "1", "-1", "2147483648", "86400", "1705331445123",
                   "4503599627370497"),
    "float": cast("float", "NaN", "Infinity", "-Infinity", "-0.0", "0.0", "1.5", "-2.5", "3.4028235E38", "1.4E-45", "0.1",
                  "16777217", "1.0E10"),
    "double": cast("double", "NaN", "Infinity", "-Infinity", "-0.0", "0.0", "1.0", "-2.5", "0.5", "0.1", "3.0", "1.7976931348623157E308",
                   "-1.7976931348623157E308", "4.9E-324", "1.0E10", "123456.789", "-1.0E-7", "9007199254740993", "710.5"),
    "decimal(10,2)": cast("decimal(10,2)", "0.00", "1.50", "-2.55", "99999999.99", "-99999999.99", "0.01", "12.35"),
    "decimal(38,10)": cast("decimal(38,10)", "0", "9999999999999999999999999999.9999999999", "-9999999999999999999999999999.9999999999",
                           "0.0000000001", "123456789.123456789", "-7.5"),
    "string": [f"'{text}'" for text in TEXTS],
    "binary": ["X''", "X'00FF'", "X'616263'", "CAST('ñandú' AS BINARY)", "X'C3'", "X'F09F8E89'", "X'FFFFFFFFFFFFFFFF80'"],
    "date": [f"DATE'{text}'" for text in DATES],
    "timestamp": [f"TIMESTAMP'{text}'" for text in MOMENTS] + ["TIMESTAMP'2024-03-10 07:00:00Z'", "TIMESTAMP'2024-11-03 06:30:00Z'"],
    "timestamp_ntz": [f"TIMESTAMP_NTZ'{text}'" for text in MOMENTS],
    "interval year to month": ["INTERVAL '1-2' YEAR TO MONTH", "INTERVAL '-0-1' YEAR TO MONTH", "INTERVAL '0-0' YEAR TO MONTH",
                               "INTERVAL '178956970-7' YEAR TO MONTH", "INTERVAL '-178956970-8' YEAR TO MONTH"],
    "interval day to second": ["INTERVAL '1 02:03:04.567' DAY TO SECOND", "INTERVAL '-0 00:00:00.000001' DAY TO SECOND",
                               "INTERVAL '0 00:00:00' DAY TO SECOND", "INTERVAL '106751991 04:00:54.775807' DAY TO SECOND",
                               "INTERVAL '31 23:59:59' DAY TO SECOND"],
    "interval": ["make_interval(1,2,3,4,5,6,7.5)", "make_interval(0)", "make_interval(0,0,0,-1,25,-90,0.000001)", "make_interval(-2,13)"],
    "array<int>": ["array(1,2,3)", "array(1,NULL,2)", "CAST(array() AS ARRAY<INT>)", "array(CAST(NULL AS INT))", "array(3,1,2,1,3)",
                   "array(-2147483648,2147483647)"],
    "array<string>": ["array('a','b')", "array('ñ',NULL,'','ñ')", "CAST(array() AS ARRAY<STRING>)", "array('b','A','a','🎉')"],
    "array<double>": ["array(CAST('NaN' AS DOUBLE),0.0D,-0.0D,1.5D)", "array(CAST(NULL AS DOUBLE),CAST('-Infinity' AS DOUBLE))"],
    "map<string,int>": ["map('a',1,'b',2)", "map('a',CAST(NULL AS INT))", "CAST(map() AS MAP<STRING,INT>)", "map('',0,'ñ',-1)"],
    "struct<x:int,y:string>": ["named_struct('x',1,'y','x')", "named_struct('x',CAST(NULL AS INT),'y','')"],
}
for _type, _values in EXTREMES.items():
    _values.append(null(_type))

TYPES = list(EXTREMES)
COLUMNS = {type_name: f"c{number}" for number, type_name in enumerate(TYPES)}

# Letters of patterns, fields, zones, and the like: argument `index` of the function is mostly one of these.
PATTERNS = ["yyyy-MM-dd", "yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd HH:mm:ss.SSSSSS", "dd/MM/yyyy", "d.M.yy", "EEEE, d MMMM yyyy", "E MMM dd", "hh:mm a",
            "D", "Q", "QQQ", "u", "y", "uuuu-MM-dd", "yyyyMMdd", "HH", "SSS", "XXX", "z", "VV", "O", "MMM", "LLLL", "''yyyy''", "G yyyy", ""]
UNITS = ["YEAR", "YY", "QUARTER", "MONTH", "mon", "WEEK", "DAY", "dd", "HOUR", "MINUTE", "SECOND", "MILLISECOND", "MICROSECOND", "x", ""]
FIELDS = ["YEAR", "YEAROFWEEK", "QUARTER", "MONTH", "WEEK", "DAY", "DAYOFWEEK", "DOW", "DAYOFWEEK_ISO", "DOY", "HOUR", "MINUTE", "SECOND", "x"]
ZONES = ["UTC", "America/New_York", "America/Sao_Paulo", "Australia/Lord_Howe", "Asia/Kathmandu", "+05:30", "-8", "GMT+1", "EST", "Z", "Mars", ""]
REGEXES = ["a", "", "[a-z]+", "(\\\\d+)", "(\\\\d+)-(\\\\d+)", ".", "^", "$", "\\\\b", "(a)|(b)", "[^,]+", "(?i)AB", "\\\\p{L}", "b*", "(", ","]
PATHS = ["$", "$.a", "$.b", "$.b[0]", "$.b[*]", "$['a']", "$.c.d", "$..a", "a", "", "$.b[1]"]
DOCUMENTS = ['{"a":1,"b":[1,2,null]}', '{"a":"x","c":{"d":1.50}}', "[1,2,3]", "[]", "{}", "null", "1", '"x"', '{"a":NaN}', '{"a":1', "", " ",
             '[{"a":1},{"a":"2"}]', '{"b":[{"a":1},{"a":2}],"é":"🎉"}']
NUMBER_FORMATS = ["999", "000.00", "S999,999.99", "$99.9", "999D99PR", "MI9", "9G999", "0", "99,99", "$9.99S", "x", ""]
CHARSETS = ["UTF-8", "utf-8", "US-ASCII", "ISO-8859-1", "UTF-16", "UTF-16BE", "UTF-16LE", "UTF-32", "KOI8-R", ""]
PRINTF = ["%s", "%d", "%5d|%-5s", "%s %s", "%x", "%.2f", "%e", "%g", "%c", "%%", "%05d", "%,d", "%b", "%S", "%2$s", "%", "abc"]
LIKES = ["%", "a%", "_b_", "%ñ%", "", "abc", "%\\\\%%", "a\\\\_c", "A%"]
WEEKDAYS = ["MO", "Mon", "MONDAY", "su", "SATURDAY", "xx", ""]
SIZES = ["0", "1", "2", "3", "5", "-1", "-3", "17"]
SMALL = SIZES + ["CAST(NULL AS INT)"]


def quoted(texts):
    return [f"'{text}'" for text in texts]


# (function, argument) -> what it is mostly; beside it whatever its type has.
WANTED = {
    **{(name, 1): quoted(PATTERNS) for name in ("date_format", "from_unixtime", "to_date", "to_timestamp", "to_timestamp_ntz", "unix_timestamp")},
    ("trunc", 1): quoted(UNITS), ("date_trunc", 0): quoted(UNITS), ("date_part", 0): quoted(FIELDS),
    ("next_day", 1): quoted(WEEKDAYS), ("from_utc_timestamp", 1): quoted(ZONES), ("to_utc_timestamp", 1): quoted(ZONES),
    ("convert_timezone", 0): quoted(ZONES), ("convert_timezone", 1): quoted(ZONES),
    ("make_timestamp", 6): quoted(ZONES),
    **{(name, 1): quoted(REGEXES) for name in ("rlike", "regexp_count", "regexp_extract", "regexp_extract_all", "regexp_replace",
                                               "regexp_substr", "regexp_instr", "split")},
    ("regexp_extract", 2): ["0", "1", "2"], ("regexp_extract_all", 2): ["0", "1", "2"], ("regexp_replace", 2): quoted(["", "x", "$0", "[$1]", "\\\\$"]),
    ("regexp_replace", 3): ["1", "2", "3", "100"], ("split", 2): SIZES, ("regexp_instr", 2): ["0", "1"],
    ("get_json_object", 0): quoted(DOCUMENTS), ("get_json_object", 1): quoted(PATHS), ("json_array_length", 0): quoted(DOCUMENTS),
    ("json_object_keys", 0): quoted(DOCUMENTS), ("from_json", 0): quoted(DOCUMENTS),
    ("from_json", 1): quoted(["a INT, b ARRAY<INT>", "a STRING", "array<int>", "map<string,string>", "a DOUBLE, c STRUCT<d: DECIMAL(5,2)>"]),
    ("to_number", 1): quoted(NUMBER_FORMATS), ("try_to_number", 1): quoted(NUMBER_FORMATS), ("to_char", 1): quoted(NUMBER_FORMATS),
    ("encode", 1): quoted(CHARSETS), ("decode", 1): quoted(CHARSETS), ("format_string", 0): quoted(PRINTF), ("like", 1): quoted(LIKES),
    ("ilike", 1): quoted(LIKES), ("format_number", 1): ["0", "2", "5", "-1", "'#,##0.00'", "'0.###'"],
    ("parse_url", 0): quoted(["https://user:pw@spark.apache.org:80/p/q?x=1&y=a%20b#ref", "ftp://h", "http://[::1]/x?y", "http://a b", "mailto:x@y", ""]),
    ("parse_url", 1): quoted(["HOST", "PATH", "QUERY", "REF", "PROTOCOL", "FILE", "AUTHORITY", "USERINFO", "x"]), ("parse_url", 2): quoted(["x", "y", "z"]),
    ("to_binary", 1): quoted(["hex", "utf-8", "base64", "UTF8", "x"]), ("try_to_binary", 1): quoted(["hex", "utf-8", "base64", "x"]),
    ("sha2", 1): ["0", "224", "256", "384", "512", "1"], ("conv", 0): quoted(["ff", "-15", "7fffffffffffffff", "zz", "1.5", "", "18446744073709551616"]),
    ("conv", 1): ["2", "10", "16", "36", "1"], ("conv", 2): ["2", "10", "16", "-10", "-16", "37"],
    ("hmac", 2): quoted(["SHA256", "md5", "SHA-1", "SHA512", "x"]),
    ("substring", 1): SIZES, ("substring", 2): SIZES, ("left", 1): SIZES, ("right", 1): SIZES, ("locate", 2): SIZES, ("elt", 0): SIZES,
    ("split_part", 2): SIZES, ("substring_index", 2): SIZES, ("overlay", 2): SIZES, ("overlay", 3): SIZES, ("slice", 1): SIZES, ("slice", 2): SIZES,
    ("[]", 1): SIZES, ("get", 1): SIZES, ("element_at", 1): SIZES, ("bit_get", 1): SIZES, ("instr", 2): SIZES, ("instr", 3): SIZES,
    **{(name, index): ["0", "1", "12", "23", "59", "2024", "31", "-1", "13"] for name in ("make_date", "make_timestamp", "make_timestamp_ntz")
       for index in range(6)},
    ("add_months", 1): SIZES + ["12", "-1200", "100000"], ("date_add", 1): SIZES + ["-720000", "3000000"],
    ("date_sub", 1): SIZES + ["-3000000", "720000"],
}
# What would take all memory or all day, in Spark itself, if it were anything.
BOUNDED = {**{(name, 1): SMALL + ["38", "-38", "400", "-400"] for name in ("round", "bround", "ceil", "floor")},
           ("repeat", 1): SMALL, ("space", 0): SMALL, ("lpad", 1): SMALL, ("rpad", 1): SMALL, ("array_repeat", 1): SMALL, ("array_insert", 1): SMALL,
           ("levenshtein", 2): SMALL}
