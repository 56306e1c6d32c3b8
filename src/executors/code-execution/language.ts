export const CODE_LANGUAGES = ['javascript', 'typescript', 'python', 'shell'] as const;
export type CodeLanguage = (typeof CODE_LANGUAGES)[number];

/** Run in a WebAssembly machine inside this process; always possible. */
export type ScriptLanguage = Extract<CodeLanguage, 'javascript' | 'typescript'>;

/** Run as operating system processes; possible only where their isolation has been proven. */
export type ProcessLanguage = Exclude<CodeLanguage, ScriptLanguage>;

export function isScriptLanguage(language: CodeLanguage): language is ScriptLanguage {
  return language === 'javascript' || language === 'typescript';
}

export function isProcessLanguage(language: CodeLanguage): language is ProcessLanguage {
  return !isScriptLanguage(language);
}
