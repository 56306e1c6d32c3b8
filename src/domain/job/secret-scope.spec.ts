import {
  isSecretVisible,
  mayChangeSecret,
  projectsFault,
  type SecretProjects,
  servesProject,
  shownProjects,
} from './secret-scope.js';

const EVERYWHERE = { projects: null };
const NOWHERE = { projects: [] };
const OWN = { projects: ['a', 'b'] };

describe('the projects of a secret', () => {
  it.each<[SecretProjects, string, boolean]>([
    [null, 'a', true],
    [['a', 'b'], 'b', true],
    [['a'], 'b', false],
    [['a'], 'A', false],
  ])('%j and jobs of %s: %s', (projects, projectId, serves) => {
    expect(servesProject(projects, projectId)).toBe(serves);
  });

  it.each<[string, SecretProjects, { projects: string[] | null }, boolean, boolean]>([
    ['one for every project, to who reaches all', null, EVERYWHERE, true, true],
    ['one of some projects, to who reaches all', ['c'], EVERYWHERE, true, true],
    ['one for every project, to who reaches some', null, OWN, true, false],
    ['one of projects within reach', ['b'], OWN, true, true],
    ['one of exactly the projects within reach', ['b', 'a'], OWN, true, true],
    ['one that others share', ['a', 'c'], OWN, true, false],
    ['one of others', ['c'], OWN, false, false],
    ['one for every project, to who reaches none', null, NOWHERE, false, false],
  ])('%s', (_which, projects, caller, isVisible, mayChange) => {
    expect(isSecretVisible(projects, caller)).toBe(isVisible);
    expect(mayChangeSecret(projects, caller)).toBe(mayChange);
  });

  it('are told of to those who reach them', () => {
    expect(shownProjects(['a', 'c'], OWN)).toEqual(['a']);
    expect(shownProjects(['a', 'c'], EVERYWHERE)).toEqual(['a', 'c']);
    expect(shownProjects(null, OWN)).toBeNull();
  });

  it.each<[SecretProjects, { projects: string[] | null }, RegExp | null]>([
    [null, EVERYWHERE, null],
    [['c'], EVERYWHERE, null],
    [['a'], OWN, null],
    [null, OWN, /must name projects/],
    [['a', 'c', 'd'], OWN, /does not reach c, d$/],
    [[], NOWHERE, /reaches none/],
  ])('%j given by one who reaches %j', (wanted, caller, fault) => {
    const found = projectsFault(wanted, caller);
    if (fault === null) expect(found).toBeNull();
    else expect(found).toMatch(fault);
  });
});
