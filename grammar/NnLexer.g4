// The words and signs of the nn language.
//
// Between this lexer and the parser stands the layout filter (compiler/syntax/layout.h). It decides
//   - which line ends end a statement: only those reach the parser, as NL (a `;` becomes NL, too);
//   - which brace configures and which opens a block: a `{` that touches the word before it, or follows `in`, becomes LCONF and
//     its partner RCONF; any other stays LBRACE and RBRACE;
//   - whether a word of the second group below means something or is an ordinary NAME.
lexer grammar NnLexer;

tokens { LCONF, RCONF }
channels { DOC }

// `##` documents the declaration under it; `#` is for the reader alone.
DOC_COMMENT : '##' ~[\r\n]* -> channel(DOC) ;
COMMENT     : '#' ~[\r\n]*  -> skip ;
WHITE_SPACE : [ \t\r]+      -> skip ;
NL          : '\n' ;

// Reserved everywhere.
IF     : 'if' ;
THEN   : 'then' ;
ELSE   : 'else' ;
IN     : 'in' ;
AND    : 'and' ;
OR     : 'or' ;
NOT    : 'not' ;
TRUE   : 'true' ;
FALSE  : 'false' ;
SCAN   : 'scan' ;
REPEAT : 'repeat' ;
NEXT   : 'next' ;
EMIT   : 'emit' ;
WITH   : 'with' ;
WHERE  : 'where' ;

// Reserved only where they are expected, elsewhere a NAME.
// At the start of a declaration; `fn` also before parentheses and a block, `fn(x) { ... }`:
IMPORT    : 'import' ;
OPTION    : 'option' ;
MODEL     : 'model' ;
LAYER     : 'layer' ;
FN        : 'fn' ;
OPTIMIZER : 'optimizer' ;
PREPARE   : 'prepare' ;
DATA      : 'data' ;
TRAIN     : 'train' ;
// At the start of a statement, before another word:
WEIGHT : 'weight' ;
BUFFER : 'buffer' ;
STATE  : 'state' ;
FIT    : 'fit' ;
STEP   : 'step' ;
METRIC : 'metric' ;
STOP   : 'stop' ;
SPLIT  : 'split' ;
// After a complete operand, where no other word can follow:
WHEN    : 'when' ;
STALLS  : 'stalls' ;
STOPS   : 'stops' ;
SEED    : 'seed' ;
UPDATES : 'updates' ;
ON      : 'on' ;
BATCH   : 'batch' ;
FOR     : 'for' ;
LOG     : 'log' ;
EXCEPT  : 'except' ;
// After `stops`:
RISING  : 'rising' ;
FALLING : 'falling' ;
// Before another word or number: `sample 4096`, `all except label`.
SAMPLE : 'sample' ;
ALL    : 'all' ;

// A float needs digits on both sides of its point, so that `0..T` is a range.
FLOAT  : DIGITS '.' DIGITS EXPONENT? | DIGITS EXPONENT ;
INT    : DIGITS ;
STRING : '"' STRING_CHAR* '"' ;
UNTERMINATED_STRING : '"' STRING_CHAR* ;
NAME   : [A-Za-z_] [A-Za-z_0-9]* ;

fragment DIGITS      : [0-9] [0-9_]* ;
fragment EXPONENT    : [eE] [+-]? [0-9]+ ;
fragment STRING_CHAR : ~["\\\r\n] | '\\' ~[\r\n] ;

ELLIPSIS : '...' ;
DOTDOT   : '..' ;
DOT      : '.' ;
ARROW    : '->' ;
PIPE     : '|>' ;
EQ       : '==' ;
NE       : '!=' ;
LE       : '<=' ;
GE       : '>=' ;
LT       : '<' ;
GT       : '>' ;
ASSIGN   : '=' ;
TILDE    : '~' ;
COLON    : ':' ;
COMMA    : ',' ;
SEMI     : ';' ;
PLUS     : '+' ;
MINUS    : '-' ;
STAR     : '*' ;
DSLASH   : '//' ;
SLASH    : '/' ;
PERCENT  : '%' ;
AT       : '@' ;
CARET    : '^' ;
LPAREN   : '(' ;
RPAREN   : ')' ;
LBRACK   : '[' ;
RBRACK   : ']' ;
LBRACE   : '{' ;
RBRACE   : '}' ;

INVALID_CHARACTER : . ;
