// The grammar of the nn language. `conf{` below stands for LCONF ... RCONF, the braces that configure (see NnLexer.g4).
//
// Every choice but the operators' is made on one token. Three rules are therefore wider than the language, and the step to the
// syntax tree (compiler/syntax/build_*.cpp) narrows them: what stands left of `=` or `~` in a statement is a name, `name[...]` or
// `next name`; what stands left of `=` in an argument, or of `in` in a subscript, is a name.
parser grammar NnParser;

options { tokenVocab = NnLexer; }

program
    : item* EOF
    ;

item
    : declaration NL
    ;

// ---- declarations -------------------------------------------------------------------------------------------------------------

declaration
    : IMPORT STRING                                                          # importDeclaration
    | OPTION NAME COLON type ASSIGN expr (IN domain)?                        # optionDeclaration
    | kind=(MODEL | LAYER | FN | OPTIMIZER | PREPARE)
          NAME configuration? parameters? (ARROW result)? block              # functionDeclaration
    | DATA NAME ASSIGN (SAMPLE count=expr | source=expr) block?              # dataDeclaration
    | TRAIN NAME (ON trainSource (COMMA trainSource)*)? block                # trainDeclaration
    ;

// What an option may be set to: {8, 16, 32}, 0.1..1.0, 1e-5..1e-1 log.
domain
    : LCONF expr (COMMA expr)* RCONF
    | range LOG?
    ;

configuration
    : LCONF (parameter (COMMA parameter)*)? RCONF
    ;

parameters
    : LPAREN (parameter (COMMA parameter)*)? RPAREN
    ;

parameter
    : NAME (COLON type)? (ASSIGN expr)?
    ;

result
    : type
    | LPAREN type (COMMA type)+ RPAREN
    ;

// dim, fn, f32[N, 784], f32[..., I], index{V}[E], [dim]
type
    : NAME (LCONF arguments? RCONF)? (LBRACK (axis (COMMA axis)*)? RBRACK)?
    | LBRACK type RBRACK
    ;

axis
    : ELLIPSIS
    | expr
    ;

// on inside batch 1024, edge
trainSource
    : NAME (BATCH expr)?
    ;

// ---- statements ---------------------------------------------------------------------------------------------------------------

block
    : LBRACE line* RBRACE
    ;

line
    : statement NL
    ;

statement
    : kind=(WEIGHT | BUFFER) NAME COLON type (sign=(TILDE | ASSIGN) expr)?   # weightStatement
    | kind=(STATE | FIT) binding (COMMA binding)*                            # bindingStatement
    | EMIT expr (ASSIGN expr)?                                               # emitStatement
    | STEP NAME (UPDATES NAME (COMMA NAME)*)? block                          # stepStatement
    | METRIC NAME ASSIGN expr                                                # metricStatement
    | STOP WHEN condition=expr (trend patience=expr)?                        # stopStatement
    | SPLIT share (COMMA share)* (SEED seed=expr)?                           # splitStatement
    | WHERE expr (COMMA STRING)?                                             # whereStatement
    | expr (COMMA expr)* (sign=(ASSIGN | TILDE) phases)?                     # definition
    ;

// stop when valid.loss stalls 3, stop when valid.gain stops rising 5
trend
    : STALLS
    | STOPS direction=(RISING | FALLING)
    ;

binding
    : NAME ASSIGN expr
    ;

share
    : NAME expr
    ;

// Usually one expression; `adam{1e-3} for 2000 steps then lbfgs{} for 500 steps` in a training block.
phases
    : phase (THEN phase)*
    ;

phase
    : expr (FOR expr NAME?)?
    ;

// ---- expressions --------------------------------------------------------------------------------------------------------------

// `x |> f{3}` applies f{3} to x. The pipe binds weaker than any operator.
expr
    : term (PIPE target)*
    ;

target
    : NAME (DOT NAME)* (LCONF arguments? RCONF)?
    | anonymous
    ;

anonymous
    : FN parameters (ARROW result)? block
    ;

// From what binds most to what binds least.
term
    : term LBRACK subscripts? RBRACK                                         # subscript
    | term LCONF arguments? RCONF                                            # configure
    | term LPAREN arguments? RPAREN                                          # apply
    | term DOT NAME                                                          # member
    | <assoc = right> left=term op=CARET right=term                          # binary
    | op=MINUS term                                                          # unary
    | left=term op=(STAR | SLASH | DSLASH | PERCENT | AT) right=term         # binary
    | left=term op=(PLUS | MINUS) right=term                                 # binary
    | left=term op=(EQ | NE | LT | LE | GT | GE) right=term                  # binary
    | op=NOT term                                                            # unary
    | left=term op=AND right=term                                            # binary
    | left=term op=OR right=term                                             # binary
    | IF condition=expr THEN yes=expr ELSE no=term                           # choice
    | kind=(SCAN | REPEAT) NAME IN range (WITH binding (COMMA binding)*)? block   # loop
    | anonymous                                                              # anonymousFunction
    | LBRACK (expr (COMMA expr)*)? RBRACK                                    # list
    | LPAREN expr (COMMA expr)* RPAREN                                       # group
    | ALL EXCEPT column (COMMA column)*                                      # allExcept
    | value=(INT | FLOAT | STRING | TRUE | FALSE)                            # literal
    | NEXT? NAME                                                             # reference
    ;

range
    : expr DOTDOT expr
    ;

column
    : NAME
    | STRING
    ;

arguments
    : argument (COMMA argument)*
    ;

// 3 or stride = 2
argument
    : expr (ASSIGN expr)?
    ;

// x[n, i - 1 else 0], sum[e where dst[e] == v]
subscripts
    : subscriptItem (COMMA subscriptItem)* (WHERE where=expr)? (ELSE otherwise=expr)?
    ;

// ..., :, i in 0..N, 0..128, i + 1
subscriptItem
    : ELLIPSIS
    | COLON
    | expr (IN range | DOTDOT expr)?
    ;
