"""What is known of a step's body by reading it: signature, code that counts, files it needs.

Begin with `body` (and `notebook`, `cells`, `shell`, for bodies that are no functions): each body is
a value, what is wrong with it another one (`problem`). Nothing here imports or runs user code.

* Modules: `modules` finds their files, `module` reads one, `library` keeps all of a project;
  `compiled` finds those without source; `closure` is all that one needs to be imported.
  `signature` reads a function's.
* Names: `bindings` and `toplevel` say what statements bind, `names` and `variables` what they use,
  `resolve` what a name stands for, `calls` and `dynamic` what is reached without being named.
* Importing: `effects` says which statements do more than bind names, by `quiet`, `harmless`,
  `lasting`, `moments`, `fills` and what Python brings itself (`always`).
* What counts: `walk` goes along every name from a function, `slice` is what it has reached,
  with files that lie `beside` (by `whereabouts`, `trails` and `searched`); `symbols` names its
  pieces, `pickled` what objects may name.
* The digest: `normal` and `tree` write what was reached so that layout and files say nothing.
  Names and hints go, unless somebody may read them: `entry`, `unnamed`, `spelled`, `unbound`,
  `hints`, by `onlookers` and `readers`.
* Packages: `distributions` behind imports, read from a `site` by each `requirement`; `unpublished`
  ones and `loose` modules count by their content.
"""
